//! The command line of `sigil`, as its help shows it.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use sigil_runtime::cli::RunArgs;

/// Compiles Sigma and Elastic detection rules to Rust, and runs them over events
#[derive(Debug, Parser)]
#[command(name = "sigil", version, propagate_version = true, arg_required_else_help = false, after_help = EXAMPLES)]
pub(super) struct Sigil {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sigil check rules/                            does every rule compile, and if not, why?
  sigil run rules/ --events events.ndjson       which rules match these events?
  sigil query -l kql 'process.name: nc' -e events.ndjson   which events does a query find?
  sigil show rules/my_rule.yml                  the Rust that one rule becomes
  sigil build rules/ --crate my-detector        a program of its own: cargo run -- --events ..
  sigil explain SG016                           what a message means and what to do

Exit status:
  0  all is well
  1  findings: unsupported rules, a stale build, alerts at or above --fail-on
  2  bad rules or input: a rule was rejected, a file cannot be read or written
  3  bad usage";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Check(CheckArgs),
    Build(BuildArgs),
    Run(Box<RunRulesArgs>),
    Query(QueryArgs),
    Show(ShowArgs),
    Explain(ExplainArgs),
    Completions(CompletionsArgs),
}

/// Which rules, and how their fields are mapped.
#[derive(Args, Debug)]
pub(super) struct RuleArgs {
    /// Rule files, or folders of them (every `.yml`, `.yaml` and `.toml` below)
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub mapping: MappingArgs,
}

/// How fields are mapped, and which types they have.
#[derive(Args, Clone, Debug)]
pub(super) struct MappingArgs {
    /// Field pipelines (pySigma's YAML format) to use instead of the ones that Sigil ships, which apply by log source
    ///
    /// The list ends at the next option: write it behind the paths, or put `--` between them.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub pipeline: Vec<PathBuf>,

    /// Types of fields for Elastic's rules, beside those that Sigil knows: a CSV file with the columns `field`, `type` and `ignore_above`
    #[arg(long, value_name = "FILE")]
    pub schema: Vec<PathBuf>,
}

/// Tables that rules look up.
#[derive(Args, Debug)]
pub(super) struct TableArgs {
    /// A table that rules in ES|QL look up (`ENRICH` by policy, `LOOKUP JOIN` by index), for the names and types of its columns; a run needs it again
    #[arg(long = "table", value_name = "NAME=FILE", value_parser = sigil_runtime::cli::args::named_file)]
    pub tables: Vec<(String, PathBuf)>,
}

/// How a report is written.
#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// How to write the report
    #[arg(long, short = 'f', value_name = "FORMAT", default_value = "human")]
    pub format: ReportFormat,

    /// Colours; `auto` means on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,

    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Human,
    /// One JSON object on standard output
    Json,
}

/// Say for every rule whether it compiles, and if not, why
///
/// Every rule ends as compiled, unsupported (the message names the construct that Sigil cannot compile yet) or rejected (the rule is wrong).
/// The exit status is 0 if all compiled, 1 if some are unsupported, 2 if some were rejected or a file cannot be read. Warnings change nothing
/// unless `--deny-warnings` is given.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sigil check rules/
  sigil check my_rule.yml --pipeline my_fields.yml
  sigil check rules/ --format json | jq '.outcomes[] | select(.outcome != \"compiled\")'")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub rules: RuleArgs,

    #[command(flatten)]
    pub tables: TableArgs,

    /// List rules that compiled as well, and every warning
    #[arg(long)]
    pub all: bool,

    /// Exit with status 1 if there are warnings
    #[arg(long)]
    pub deny_warnings: bool,

    #[command(flatten)]
    pub report: ReportArgs,
}

/// Write the Rust that rules become
///
/// With `--out`, the modules of a pack are written into a folder of your own crate; they need the crate `sigil-runtime`. With `--crate`, a whole
/// crate is written: a library, and a program that reads events and writes alerts with the same options as `sigil run`.
#[derive(Args, Debug)]
#[command(
    group = clap::ArgGroup::new("target").required(true).args(["out", "crate_dir"]),
    after_help = "\
Examples:
  sigil build rules/ --out src/detections --pack webserver
  sigil build rules/ --out src/detections --check      in CI: fails if the files are stale
  sigil build rules/ --crate my-detector && cd my-detector && cargo run --release -- --events events.ndjson")]
pub(super) struct BuildArgs {
    #[command(flatten)]
    pub rules: RuleArgs,

    #[command(flatten)]
    pub tables: TableArgs,

    /// Write the modules of the pack into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write a complete crate into this folder
    #[arg(long = "crate", value_name = "DIR")]
    pub crate_dir: Option<PathBuf>,

    /// The name of the pack [default: the name of the folder written to]
    #[arg(long, value_name = "NAME")]
    pub pack: Option<String>,

    /// The folder of the crate `sigil-runtime`, for `--crate` [default: where Sigil was built, else the registry]
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub runtime: Option<PathBuf>,

    /// Write nothing; exit with status 1 if the files differ from what would be written
    #[arg(long)]
    pub check: bool,

    #[command(flatten)]
    pub report: ReportArgs,
}

/// Evaluate rules on events, without a Rust compiler
///
/// Rules that do not compile are reported and left out; the others run. Broken events are reported on standard error, skipped and counted; they do
/// not change the exit status. The status is 0 with or without alerts (see `--fail-on`), and 2 if a rule was rejected or an input cannot be read,
/// even though everything else was evaluated. Each alert of `--format ndjson` names the rule, the time of the event and, in `events`, its number,
/// counted from 0 over all inputs; with `--include-event` it carries the event itself.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sigil run rules/ --events events.ndjson
  sigil run rules/ --events Security.evtx Sysmon.evtx --format summary
  journalctl -o json | sigil run rules/ --events - --format ndjson | jq .rule.name
  sigil run rules/ --events events.ndjson --fail-on high && deploy")]
pub(super) struct RunRulesArgs {
    #[command(flatten)]
    pub rules: RuleArgs,

    #[command(flatten)]
    pub run: RunArgs,
}

/// Find the events of files that a query matches: KQL or EQL, without Elasticsearch
///
/// Prints each matching event with the place where it stands. Events are read as `sigil run` reads them. The exit status is 0 whether or not
/// something is found, and 2 if the query is wrong or an input cannot be read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sigil query --language kql 'process.name: (bash or sh) and not user.name: root' --events events.ndjson
  sigil query -l eql 'process where process.args : \"*/dev/tcp/*\"' -e events.ndjson --format table
  sigil query -l kql '@timestamp >= \"now-1d\"' --now 2026-05-01T00:00:00Z -e events.ndjson | jq .event")]
pub(super) struct QueryArgs {
    /// The language of the query
    #[arg(long, short, value_name = "LANGUAGE")]
    pub language: QueryLanguage,

    /// The query
    #[arg(value_name = "QUERY")]
    pub query: String,

    /// Event files, or folders of them; `-` is standard input, which is also read when this option is absent
    #[arg(long, short = 'e', value_name = "FILE", num_args = 1..)]
    pub events: Vec<PathBuf>,

    /// Types of fields, beside those that Sigil knows: a CSV file with the columns `field`, `type` and `ignore_above`
    #[arg(long, value_name = "FILE")]
    pub schema: Vec<PathBuf>,

    /// What `now` means in dates of the query: 2026-05-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub now: Option<jiff::Timestamp>,

    /// ES|QL: a table to look up (`ENRICH` by policy, `LOOKUP JOIN` by index): CSV with the heading `name:type`, or one JSON object a line
    #[arg(long = "table", value_name = "NAME=FILE", value_parser = sigil_runtime::cli::args::named_file)]
    pub tables: Vec<(String, PathBuf)>,

    /// ES|QL: a command that answers the prompts of `COMPLETION`: the prompt is its input, the inference id its last argument
    #[arg(long, value_name = "COMMAND")]
    pub completion: Option<String>,

    /// The field that `process where` of EQL tests
    #[arg(long, value_name = "FIELD", default_value = "event.category")]
    pub category_field: String,

    /// What to print [default: table on a terminal, ndjson otherwise]
    #[arg(long, short = 'f', value_name = "FORMAT")]
    pub format: Option<QueryFormat>,

    /// Colours; `auto` means on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum QueryLanguage {
    /// Kibana Query Language
    #[value(alias = "kuery")]
    Kql,
    /// Event Query Language
    Eql,
    /// Elasticsearch Query Language: prints a table
    Esql,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum QueryFormat {
    /// One JSON object a line: where the event stands, its time, and the event
    Ndjson,
    /// One line an event: where it stands, its time, and the fields that the query names
    Table,
    /// ES|QL only: comma-separated values with a heading of `name:type`
    Csv,
}

/// Show what the compiler makes of one rule
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sigil show rules/my_rule.yml
  sigil show 'Web Server Spawns Shell' rules/ --stage plan
  sigil show 5f1c7b0a-2b6e-4b9a-9c1b-0d5c7d1f2a3b rules/ --stage ir")]
pub(super) struct ShowArgs {
    /// A rule file, or the id or title of a rule in PATH
    #[arg(value_name = "RULE")]
    pub rule: String,

    /// Where to look for a rule by id or title [default: the folder `rules`]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Which stage to show
    #[arg(long, short = 's', default_value = "code")]
    pub stage: Stage,

    #[command(flatten)]
    pub mapping: MappingArgs,

    #[command(flatten)]
    pub tables: TableArgs,

    /// Colours for messages; `auto` means on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Stage {
    /// The rule as its author wrote it, parsed
    Ast,
    /// What it means: fields, tests and logic, with modifiers and pipelines applied
    Ir,
    /// How it is run: its scope, and the texts that make it a candidate
    Plan,
    /// The Rust it becomes
    Code,
}

/// Explain a message by its code
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// The code, such as `SG016`; without one, all codes are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Print a completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sigil completions bash > ~/.local/share/bash-completion/completions/sigil
  sigil completions zsh > ~/.zfunc/_sigil
  sigil completions fish > ~/.config/fish/completions/sigil.fish")]
pub(super) struct CompletionsArgs {
    /// Which shell?
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

impl Command {
    /// The colours that the user asked for.
    pub(super) fn color(&self) -> ColorChoice {
        match self {
            Self::Check(args) => args.report.color,
            Self::Build(args) => args.report.color,
            Self::Run(args) => args.run.color,
            Self::Query(args) => args.color,
            Self::Show(args) => args.color,
            Self::Explain(_) | Self::Completions(_) => ColorChoice::Auto,
        }
    }
}
