use super::*;

fn progress() -> Progress {
    let identity = Identity { size: 7, digest: [3; 16] };
    Progress {
        next: 12,
        watermark: (Some(-5), true, Some((3, 77))),
        inputs: [(("a".into(), 0), Input { identity, done: 9 })].into(),
        outputs: [("/in/here".into(), 0), ("/out".into(), 100)].into(),
        early: [(AlertId([1; 16]), 8), (AlertId([2; 16]), i64::MAX)].into(),
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sigil-store-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn what_is_saved_comes_back() {
    let folder = folder("saved");
    let path = folder.join("state");
    let _ = fs::remove_file(&path);
    let (store, saved) = Store::open(&path).unwrap();
    assert_eq!(saved, None);
    assert!(Store::open(&path).unwrap_err().to_string().contains("another process is using it"));
    drop(store);
    let (store, saved) = Store::open(&path).unwrap();
    assert_eq!(saved, None);
    store.commit(&progress(), b"session").unwrap();
    store.commit(&Progress { next: 13, ..progress() }, b"second").unwrap();
    drop(store);
    let (_, saved) = Store::open(&path).unwrap();
    assert_eq!(saved, Some((Progress { next: 13, ..progress() }, b"second".to_vec())));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_that_are_no_state_are_left_alone() {
    let folder = folder("foreign");
    let path = folder.join("state");
    let _ = fs::remove_file(&path);
    let (store, _) = Store::open(&path).unwrap();
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    store.commit(&progress(), &noise).unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    let check = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        let error = Store::open(&path).unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("name another file"), "{what}: {error}");
        assert!(fs::read(&path).unwrap() == bytes, "{error}");
    };
    check(b"", "is empty");
    check(b"{\"a\":1}\n", "no state of a run");
    check(&noise, "no state of a run");
    for end in [1, 8, 9, 64, 320, 4_096, 5_000, whole.len() / 2, whole.len() - 1] {
        check(&whole[..end], "");
    }
    // a changed byte is found, or stands where nothing is
    let mut found = 0;
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        match Store::open(&path) {
            Ok((_, saved)) => assert_eq!(saved, Some((progress(), noise.clone())), "byte {at}"),
            Err(_) => found += 1,
        }
    }
    assert!(found > 0);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_are_told_by_their_ends() {
    let folder = folder("ends");
    let path = folder.join("events");
    let text = "0123456789\n".repeat(2_000);
    fs::write(&path, &text).unwrap();
    let identity = Identity::of(&path).unwrap();
    let check = |text: &str, continues| {
        fs::write(&path, text).unwrap();
        assert_eq!(identity.continues(&path), continues);
    };
    check(&text, true);
    check(&format!("{text}more"), true);
    check(&text[..text.len() - 1], false);
    check(&format!("x{}", &text[1..]), false);
    check(&format!("{}x", &text[..text.len() - 1]), false);
    let empty = Identity::default();
    assert!(Identity::of(&folder).is_none() && !empty.continues(&folder));
    fs::remove_dir_all(folder).unwrap();
}
