//! `--completion`: a command that answers prompts.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::text::counted;
use crate::table::tables::Completion;

/// An answer is cut here.
const LONGEST_ANSWER: u64 = 1 << 20;
/// A command that takes longer is ended.
const TIMEOUT: Duration = Duration::from_mins(1);
/// So many answers are remembered, ..
const MOST_ANSWERS: usize = 10_000;
/// .. and so many bytes of them.
const MOST_BYTES: usize = 64 << 20;

/// A command that answers prompts. The same prompt is asked once; what fails is counted, and may be asked again.
#[derive(Debug)]
pub struct Model {
    program: String,
    args: Vec<String>,
    timeout: Duration,
    failures: AtomicU64,
    answers: Mutex<Answers>,
}

/// By a digest of the inference id and the prompt.
#[derive(Debug, Default)]
struct Answers {
    by_prompt: HashMap<[u8; 32], String>,
    bytes: usize,
}

impl Model {
    /// A command whose words are parted by blanks.
    ///
    /// # Errors
    /// When there is no such program: says so.
    pub fn open(command: &str) -> Result<Arc<Self>, String> {
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or("`--completion` names no command; give the program and its arguments")?;
        if !can_start(&program) {
            return Err(format!(
                "cannot start `{}` of `--completion`: there is no such program; give its path, or one that `PATH` finds",
                super::text::harmless(&program)
            ));
        }
        let (failures, answers) = (AtomicU64::new(0), Mutex::default());
        Ok(Arc::new(Self { program, args: words.collect(), timeout: TIMEOUT, failures, answers }))
    }

    /// How often the command failed so far.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// A warning, if the command failed so often.
    pub fn warning(failures: u64) -> Option<String> {
        let failures = (failures > 0).then(|| counted(failures, "time"))?;
        Some(format!("the command of `--completion` failed {failures}; the answers are null"))
    }

    /// What the command answers; `None` if it cannot be run, fails, or takes too long.
    fn ask(&self, inference: &str, prompt: &str) -> Option<String> {
        let until = Instant::now() + self.timeout;
        let mut command = Command::new(&self.program);
        command.args(&self.args).arg(inference);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let answer = talk(&mut child, prompt, until);
        if answer.is_none() {
            child.kill().ok();
            child.wait().ok();
        }
        answer.map(|answer| String::from_utf8_lossy(&answer).trim_end().to_owned())
    }
}

impl Completion for Model {
    fn complete(&self, inference_id: &str, prompt: &str) -> Option<String> {
        let mut hasher = Sha256::new();
        hasher.update(inference_id.len().to_le_bytes());
        hasher.update(inference_id);
        hasher.update(prompt);
        let key: [u8; 32] = hasher.finalize().into();
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers().by_prompt.get(&key) {
            return Some(answer.clone());
        }
        let Some(answer) = self.ask(inference_id, prompt) else {
            self.failures.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let mut answers = answers();
        let bytes = answers.bytes.saturating_add(answer.len());
        if answers.by_prompt.len() < MOST_ANSWERS && bytes <= MOST_BYTES {
            answers.bytes = bytes;
            answers.by_prompt.insert(key, answer.clone());
        }
        Some(answer)
    }
}

/// Hands the prompt over and takes the answer; `None` if the command fails or takes longer.
fn talk(child: &mut Child, prompt: &str, until: Instant) -> Option<Vec<u8>> {
    let (mut stdin, stdout) = (child.stdin.take()?, child.stdout.take()?);
    let prompt = prompt.to_owned();
    // a command may answer before it has read everything, and what it started may hold its pipes when it is gone: nobody waits for these two
    thread::Builder::new().spawn(move || stdin.write_all(prompt.as_bytes()).ok()).ok()?;
    let (told, answer) = mpsc::sync_channel(1);
    let read = move || {
        let mut answer = Vec::new();
        let outcome = stdout.take(LONGEST_ANSWER).read_to_end(&mut answer);
        told.send(outcome.map(|_| answer)).ok();
    };
    thread::Builder::new().spawn(read).ok()?;
    let answer = answer.recv_timeout(until.saturating_duration_since(Instant::now())).ok()?.ok()?;
    let mut pause = Duration::from_micros(100);
    loop {
        match child.try_wait().ok()? {
            Some(status) => return status.success().then_some(answer),
            None if Instant::now() >= until => return None,
            None => thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Whether there is such a program: a path, or a name that `PATH` finds. Nothing is started.
#[cfg(unix)]
fn can_start(program: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let is_program =
        |path: &Path| path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
    if program.contains('/') {
        return is_program(Path::new(program));
    }
    match std::env::var_os("PATH") {
        Some(folders) => std::env::split_paths(&folders).any(|folder| is_program(&folder.join(program))),
        // the system has a path of its own then
        None => true,
    }
}

/// Elsewhere names are completed in ways of the system's own; what cannot be started fails with each prompt, and is counted.
#[cfg(not(unix))]
fn can_start(program: &str) -> bool {
    !Path::new(program).is_dir()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn commands_answer() {
        let ask = |command: &str| {
            let model = Model::open(command).unwrap();
            (model.complete("model", "what?\n"), model.failures())
        };
        assert_eq!(ask("sh -c cat"), (Some("what?".to_owned()), 0));
        assert_eq!(ask("printf %s"), (Some("model".to_owned()), 0));
        assert_eq!(ask("false"), (None, 1));
        for (command, reason) in [
            ("/there/is/no/such/command", "cannot start `/there/is/no/such/command`"),
            ("no-such-command-anywhere x", "cannot start `no-such-command-anywhere`"),
            ("/", "cannot start"),
            ("  ", "names no command"),
        ] {
            assert!(Model::open(command).unwrap_err().contains(reason), "{command}");
        }
    }

    #[test]
    fn answers_are_remembered_and_failures_are_not() {
        let folder = std::env::temp_dir().join(format!("sigil-model-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let script = folder.join("model.sh");
        // fails for the first time, then tells how often it was called
        std::fs::write(
            &script,
            "echo >> \"$0.calls\"; cat; wc -l < \"$0.calls\" | tr -d ' '; test $(wc -l < \"$0.calls\") -gt 1\n",
        )
        .unwrap();
        let model = Model::open(&format!("sh {}", script.display())).unwrap();
        let ask = |inference: &str, prompt: &str| model.complete(inference, prompt);
        assert_eq!(ask("m", "a"), None);
        assert_eq!(ask("m", "a").as_deref(), Some("a2"));
        assert_eq!(ask("m", "a").as_deref(), Some("a2"));
        assert_eq!(ask("m", "b").as_deref(), Some("b3"));
        assert_eq!(ask("ma", "").as_deref(), Some("4"));
        assert_eq!((ask("m", "a").as_deref(), model.failures()), (Some("a2"), 1));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn commands_that_hang_are_ended() {
        for command in ["sleep 30", "sh -c sleep${IFS}30;true", "sh -c exec${IFS}>&-;sleep${IFS}30"] {
            let mut model = Arc::into_inner(Model::open(command).unwrap()).unwrap();
            model.timeout = Duration::from_millis(300);
            // `sleep` refuses other words
            let inference = if command == "sleep 30" { "1" } else { "m" };
            let start = Instant::now();
            assert_eq!((model.complete(inference, &"x".repeat(1 << 20)), model.failures()), (None, 1), "{command}");
            assert!(start.elapsed() < Duration::from_secs(25), "{command}");
        }
    }
}
