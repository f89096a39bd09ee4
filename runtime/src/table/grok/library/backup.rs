//! Bacula: what its director and its daemons say of backups.

use super::Entries;
use super::Form::Expression as E;

pub(super) const ENTRIES: Entries = &[
    ("BACULA_TIMESTAMP", E("%{MONTHDAY}-%{MONTH}(?:-%{YEAR})? %{HOUR}:%{MINUTE}")),
    ("BACULA_HOST", E("%{HOSTNAME}")),
    ("BACULA_VOLUME", E("%{USER}")),
    ("BACULA_DEVICE", E("%{USER}")),
    ("BACULA_DEVICEPATH", E("%{UNIXPATH}")),
    ("BACULA_CAPACITY", E("%{INT}{1,3}(?:,%{INT}{3})*")),
    ("BACULA_VERSION", E("%{USER}")),
    ("BACULA_JOB", E("%{USER}")),
    ("BACULA_LOG_JOB", E(r"(?:Error: )?Bacula %{BACULA_HOST} %{BACULA_VERSION} \(%{BACULA_VERSION}\):")),
];

/// Short words of [`MESSAGES`], and what they stand for.
const WORDS: &[(&str, &str)] = &[
    ("{volume}", r#"Volume "%{BACULA_VOLUME:bacula.volume.name}""#),
    ("{device}", r#"device "%{BACULA_DEVICE:bacula.volume.device}" \(%{BACULA_DEVICEPATH:bacula.volume.path}\)"#),
    ("{at}", "at %{BACULA_TIMESTAMP:bacula.timestamp}"),
    ("{failure}", "ERR=%{GREEDYDATA:error.message}"),
    ("{job}", "%{BACULA_JOB:bacula.job.name}"),
    ("{client}", "client %{BACULA_HOST:bacula.client.name}"),
    (
        "{peer}",
        r"(?:Client: %{BACULA_HOST:bacula.client.name}|Storage daemon) on %{IPORHOST:client.address}:%{POSINT:client.port:int}. {failure}",
    ),
    ("{fatal}", "Fatal [eE]rror:"),
];

/// What a line can say, in the order in which it is tried.
const MESSAGES: &[(&str, &str)] = &[
    (
        "MAX_CAPACITY",
        "User defined maximum volume capacity %{BACULA_CAPACITY:bacula.volume.max_capacity} exceeded on {device}.?",
    ),
    (
        "END_VOLUME",
        "End of medium on {volume} Bytes=%{BACULA_CAPACITY:bacula.volume.bytes} Blocks=%{BACULA_CAPACITY:bacula.volume.blocks} {at}.",
    ),
    ("NEW_VOLUME", "Created new {volume} in catalog."),
    ("NEW_LABEL", "Labeled new {volume} on (?:file )?{device}."),
    ("WROTE_LABEL", "Wrote label to prelabeled {volume} on {device}"),
    ("NEW_MOUNT", r#"New volume "%{BACULA_VOLUME:bacula.volume.name}" mounted on {device} {at}."#),
    ("NOOPEN", r"\s*Cannot open %{DATA}: {failure}"),
    ("NOOPENDIR", r#"\s*Could not open directory "?%{DATA:file.path}"?: {failure}"#),
    ("NOSTAT", r"\s*Could not stat %{DATA:file.path}: {failure}"),
    ("NOJOBS", "There are no more Jobs associated with {volume}. Marking it purged."),
    ("ALL_RECORDS_PRUNED", r#".*?All records pruned from {volume}; marking it "Purged""#),
    ("BEGIN_PRUNE_JOBS", "Begin pruning Jobs older than %{INT} month %{INT} days ."),
    ("BEGIN_PRUNE_FILES", "Begin pruning Files."),
    ("PRUNED_JOBS", "Pruned %{INT} Jobs* for {client} from catalog."),
    ("PRUNED_FILES", "Pruned Files from %{INT} Jobs* for {client} from catalog."),
    ("ENDPRUNE", "End auto prune."),
    ("STARTJOB", "Start Backup JobId %{INT}, Job={job}"),
    ("STARTRESTORE", "Start Restore Job {job}"),
    ("USEDEVICE", r#"Using Device "%{BACULA_DEVICE:bacula.volume.device}""#),
    ("DIFF_FS", r"\s*%{UNIXPATH} is a different filesystem. Will not descend from %{UNIXPATH} into it."),
    (
        "JOBEND",
        "Job write elapsed time = %{DATA:bacula.job.elapsed_time}, Transfer rate = %{NUMBER} [KMG]? Bytes/second",
    ),
    ("NOPRUNE_JOBS", "No Jobs found to prune."),
    ("NOPRUNE_FILES", "No Files found to prune."),
    (
        "VOLUME_PREVWRITTEN",
        r#"Volume "?%{BACULA_VOLUME:bacula.volume.name}"? previously written, moving to end of data."#,
    ),
    ("READYAPPEND", "Ready to append to end of {volume} size=%{INT:bacula.volume.size:int}"),
    ("CANCELLING", "Cancelling duplicate JobId=%{INT:bacula.job.other_id}."),
    ("MARKCANCEL", "JobId %{INT:bacula.job.id}, Job {job} marked to be canceled."),
    ("CLIENT_RBJ", r#"shell command: run ClientRunBeforeJob "%{GREEDYDATA:bacula.job.client_run_before_command}""#),
    ("VSS", "(?:Generate )?VSS (?:Writer)?"),
    ("MAXSTART", "{fatal} Job canceled because max start delay time exceeded."),
    ("DUPLICATE", "{fatal} JobId %{INT:bacula.job.other_id} already running. Duplicate job not allowed."),
    ("NOJOBSTAT", "{fatal} No Job status returned from FD."),
    ("FATAL_CONN", "{fatal} bsock.c:133 Unable to connect to {peer}"),
    ("NO_CONNECT", "Warning: bsock.c:127 Could not connect to {peer}"),
    (
        "NO_AUTH",
        r#"Fatal error: Unable to authenticate with File daemon at "?%{IPORHOST:client.address}(?::%{POSINT:client.port:int})?"?. Possible causes:"#,
    ),
    ("NOSUIT", "No prior or suitable Full backup found in catalog. Doing FULL backup."),
    ("NOPRIOR", "No prior Full backup Job record found."),
];

/// The messages, written out, and the line that has one of them.
pub(super) fn messages() -> Vec<(String, String)> {
    let mut patterns = Vec::new();
    let mut names = Vec::new();
    for (name, text) in MESSAGES {
        // twice: one of the words has another one in it
        let spell = |text: String| WORDS.iter().fold(text, |text, (word, expression)| text.replace(word, expression));
        if *name == "NOPRIOR" {
            names.push("%{BACULA_LOG_JOB}".to_owned());
        }
        names.push(format!("%{{BACULA_LOG_{name}}}"));
        patterns.push((format!("BACULA_LOG_{name}"), spell(spell((*text).to_owned()))));
    }
    let line = format!(
        "%{{BACULA_TIMESTAMP:timestamp}} %{{BACULA_HOST:host.hostname}}(?: JobId %{{INT:bacula.job.id}})?:? (?:{})",
        names.join("|")
    );
    patterns.push(("BACULA_LOG".to_owned(), line));
    patterns.push(("BACULA_LOGLINE".to_owned(), "%{BACULA_LOG}".to_owned()));
    patterns
}
