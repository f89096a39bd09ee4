//! What the compiler makes of the rules in `golden/` is what it made when somebody last looked at it. `SIGIL_UPDATE=1` writes it anew.

use sigil_tests::golden::{Golden, check, folders};

#[test]
fn goldens_are_fresh() {
    for name in folders() {
        let golden = Golden::read(&name);
        check(&golden.folder, &golden.made(), false);
    }
}
