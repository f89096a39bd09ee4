//! What every kind of input becomes, also when it comes in small pieces.

use super::*;

/// Hands out a few bytes at a time.
struct Drip(Vec<u8>, usize);

impl Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.1.min(self.0.len()).min(buffer.len());
        buffer[..len].copy_from_slice(&self.0[..len]);
        self.0.drain(..len);
        Ok(len)
    }
}

fn read(text: &[u8], piece: usize, options: Options) -> Vec<String> {
    let mut reader = Reader::new([], options);
    reader.open = Some(Open::Text(text::Text::new(Box::new(Drip(text.to_vec(), piece)), Vec::new(), options)));
    let (mut batch, mut found) = (Batch::default(), Vec::new());
    while reader.next_batch(&mut batch) {
        let items = batch.events().map(|(item, text)| {
            (item.index, format!("{} {}: {}", item.index, item.line, String::from_utf8_lossy(text)))
        });
        let broken = batch.broken().iter().map(|broken| {
            // what concerns no item comes last
            let number = broken.index.map_or("-".to_owned(), |index| index.to_string());
            (broken.index.unwrap_or(u64::MAX), format!("{number} {}! {}", broken.line.unwrap(), broken.reason))
        });
        let mut all: Vec<_> = items.chain(broken).collect();
        all.sort();
        found.extend(all.into_iter().map(|(_, item)| item));
    }
    assert_eq!(reader.items_read(), found.iter().filter(|found| !found.starts_with('-')).count() as u64);
    found
}

#[track_caller]
fn check_with(options: Options, text: &str, expected: &[&str]) {
    for piece in [1, 2, 3, 7, 64, 1 << 20] {
        assert_eq!(read(text.as_bytes(), piece, options), expected, "in pieces of {piece}: {text}");
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_with(Options::default(), text, expected);
}

#[test]
fn lines() {
    check("", &[]);
    check("\n \r\n\t", &[]);
    check("{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}", &["0 1: {\"a\":1}", "1 3: {\"a\":2}", "2 4: {\"a\":3}"]);
    check("{\"a\":1} x\n{\"a\":2}\n", &["0 1: {\"a\":1} x", "1 2: {\"a\":2}"]);
    check("garbage\n{\"a\":2}\n", &["0 1: garbage", "1 2: {\"a\":2}"]);
    check("{\"a\":\"trunc\n{\"a\":2}\n", &["0 1: {\"a\":\"trunc", "1 2: {\"a\":2}"]);
    check("{\"a\":1,\n{\"a\":2}\n{\"a\":3}\n", &["0 1: {\"a\":1,", "1 2: {\"a\":2}", "2 3: {\"a\":3}"]);
    check("{\"a\":1", &["0 1: {\"a\":1"]);
}

#[test]
fn objects() {
    check(
        "{\n \"a\": 1\n}\n{\n \"a\": {\"b\": \"}\\\"\"}\n}",
        &["0 1: {\n \"a\": 1\n}", "1 4: {\n \"a\": {\"b\": \"}\\\"\"}\n}"],
    );
    check("{\"a\":1}{\"a\":2}\n {\"a\":3} ", &["0 1: {\"a\":1}", "1 1: {\"a\":2}", "2 2: {\"a\":3}"]);
    check(
        "[{\"a\":1}, {\"a\":[2]},\n3, [4], \"x,]\"]\n",
        &["0 1: {\"a\":1}", "1 1: {\"a\":[2]}", "2 2: 3", "3 2: [4]", "4 2: \"x,]\""],
    );
    check("[]", &[]);
    check("[\n{\"a\":1}\n]\n[{\"a\":2}]", &["0 2: {\"a\":1}", "1 4: {\"a\":2}"]);
    let missing = "ends within an array: the rest may be missing";
    check("[{\"a\":1},\n{\"a\":2},\n", &["0 1: {\"a\":1}", "1 2: {\"a\":2}", &format!("- 3! {missing}")]);
    check("[{\"a\":1}", &["0 1: {\"a\":1}", &format!("- 1! {missing}")]);
    check("[", &[&format!("- 1! {missing}")]);
    check("[{\"a\":1}, {\"a\"", &["0 1: {\"a\":1}", "1 1: {\"a\""]);
    check("{\n \"a\": [\n{\"b\": 1},\n{\"b\": 2}\n]}", &["0 1: {\n \"a\": [\n{\"b\": 1},\n{\"b\": 2}\n]}"]);
}

#[test]
fn damaged_objects_do_not_swallow_the_rest() {
    check("{\n \"a\": 1\n{\n \"a\": 2\n}", &["0 1: {\n \"a\": 1\n", "1 3: {\n \"a\": 2\n}"]);
    check("{\n \"a\": 1,\n{\n \"a\": 2\n}", &["0 1: {\n \"a\": 1,\n", "1 3: {\n \"a\": 2\n}"]);
    check("{\n \"a\": \"x\n}\n{\n \"a\": 2\n}", &["0 1: {\n \"a\": \"x\n}", "1 4: {\n \"a\": 2\n}"]);
    check("{\n}\noops\n{\n}\n}", &["0 1: {\n}", "1 3: oops", "2 4: {\n}", "3 6: }"]);
}

#[test]
fn long_events_are_not_held() {
    let options = Options { max_event: 10_000, batch_bytes: 4096, ..Options::default() };
    let long = "x".repeat(20_000);
    let reason = "longer than 10000 bytes";
    check_with(
        options,
        &format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}"),
        &["0 1: {\"a\":1}", &format!("1 2! {reason}"), "2 3: {\"a\":2}"],
    );
    check_with(
        options,
        &format!("{{\n\"a\":1}}\n{{\n\"{long}\":\n1}}\n{{\"a\":2}}"),
        &["0 1: {\n\"a\":1}", &format!("1 3! {reason}"), "2 6: {\"a\":2}"],
    );
    check_with(options, &long, &[&format!("0 1! {reason}")]);
}

#[test]
fn raw_lines() {
    let options = Options { raw: true, ..Options::default() };
    check_with(options, "a \"b\" \\\n\n[1]\r\n", &[r#"0 1: {"message":"a \"b\" \\"}"#, r#"1 3: {"message":"[1]"}"#]);
}

#[test]
fn files() {
    let folder = std::env::temp_dir().join(format!("sigil-input-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        Source::File(path)
    };
    let sources = [
        write("bom.json", b"\xef\xbb\xbf{\"a\":1}"),
        write("utf16.json", b"\xff\xfe{\0"),
        write("packed.gz", b"\x1f\x8b\x08"),
        write("broken.evtx", b"ElfFile\0nonsense"),
        write("empty", b""),
        Source::File(folder.clone()),
        Source::File(folder.join("missing")),
        write("last.json", b"{\"a\":2}\n"),
    ];
    let mut reader = Reader::new(sources, Options::default());
    let (mut batch, mut events, mut broken) = (Batch::default(), Vec::new(), Vec::new());
    while reader.next_batch(&mut batch) {
        events.extend(batch.events().map(|(item, text)| (item.index, text.to_vec())));
        broken.extend(batch.broken().iter().map(ToString::to_string));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(events, [(0, b"{\"a\":1}".to_vec()), (1, b"{\"a\":2}".to_vec())]);
    let reasons = [
        "utf16.json: is UTF-16",
        "packed.gz: is compressed",
        "broken.evtx: is not a readable Windows event log",
        ": is a folder with no event files",
        "missing: cannot be read",
    ];
    assert_eq!(broken.len(), reasons.len(), "{broken:?}");
    for (broken, reason) in broken.iter().zip(reasons) {
        assert!(broken.contains(reason), "{broken}");
    }
}
