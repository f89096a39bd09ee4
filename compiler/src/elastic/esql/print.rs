//! Trees to text.

mod expr;

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{
    Aggregate, ChangePoint, Column, Command, CommandKind, Completion, Dissect, Enrich, EnrichField, Extract, Fuse,
    Grok, IndexPattern, Indices, Limit, LookupJoin, Nulls, Order, Query, Renaming, Rerank, Setting, SortKey, Source,
    SourceKind, Stats, Target, With,
};
use super::lex;
use expr::{list, quoted, separated, write_primary};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.settings.iter().try_for_each(|setting| write!(f, "{setting} "))?;
        self.source.fmt(f)?;
        self.commands.iter().try_for_each(|command| write!(f, " | {command}"))
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SET ")?;
        word(&self.name.value, f)?;
        write!(f, " = {};", self.value)
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SourceKind::From(indices) => write!(f, "FROM {indices}"),
            SourceKind::TimeSeries(indices) => write!(f, "TS {indices}"),
            SourceKind::Row(columns) => {
                f.write_str("ROW ")?;
                list(columns, f)
            }
            SourceKind::ShowInfo => f.write_str("SHOW INFO"),
            SourceKind::Invalid => f.write_str("/* not readable */"),
        }
    }
}

impl Display for Indices {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        list(&self.targets, f)?;
        if self.metadata.is_empty() {
            return Ok(());
        }
        f.write_str(" METADATA ")?;
        separated(&self.metadata, ", ", f, |field, f| f.write_str(&field.value))
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Target::Index(index) => index.fmt(f),
            Target::Subquery(query) => write!(f, "({query})"),
        }
    }
}

impl Display for IndexPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.cluster {
            write!(f, "{}:", cluster.value)?;
        }
        if self.quoted {
            quoted(&self.name.value, f)?;
        } else {
            f.write_str(&self.name.value)?;
        }
        let Some(selector) = &self.selector else { return Ok(()) };
        f.write_str("::")?;
        if selector.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-*".contains(&byte)) {
            f.write_str(&selector.value)
        } else {
            quoted(&selector.value, f)
        }
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Display for CommandKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            CommandKind::ChangePoint(change_point) => change_point.fmt(f),
            CommandKind::Completion(completion) => completion.fmt(f),
            CommandKind::Dissect(dissect) => dissect.fmt(f),
            CommandKind::Drop(patterns) => with_list("DROP", patterns, f),
            CommandKind::Enrich(enrich) => enrich.fmt(f),
            CommandKind::Eval(columns) => with_list("EVAL", columns, f),
            CommandKind::Extract(extract) => extract.fmt(f),
            CommandKind::Fork(branches) => {
                f.write_str("FORK")?;
                branches.iter().try_for_each(|branch| {
                    f.write_str(" (")?;
                    separated(branch, " | ", f, Display::fmt)?;
                    f.write_char(')')
                })
            }
            CommandKind::Fuse(fuse) => fuse.fmt(f),
            CommandKind::Grok(grok) => grok.fmt(f),
            CommandKind::InlineStats(stats) => write!(f, "INLINE STATS{stats}"),
            CommandKind::Keep(patterns) => with_list("KEEP", patterns, f),
            CommandKind::Limit(limit) => limit.fmt(f),
            CommandKind::LookupJoin(join) => join.fmt(f),
            CommandKind::MetricsInfo => f.write_str("METRICS_INFO"),
            CommandKind::MvExpand(name) => write!(f, "MV_EXPAND {name}"),
            CommandKind::Rename(renamings) => with_list("RENAME", renamings, f),
            CommandKind::Rerank(rerank) => rerank.fmt(f),
            CommandKind::Sample(part) => write!(f, "SAMPLE {}", part.value),
            CommandKind::Sort(keys) => with_list("SORT", keys, f),
            CommandKind::Stats(stats) => write!(f, "STATS{stats}"),
            CommandKind::TsInfo => f.write_str("TS_INFO"),
            CommandKind::Where(condition) => write!(f, "WHERE {condition}"),
        }
    }
}

fn with_list<T: Display>(command: &str, items: &[T], f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{command} ")?;
    list(items, f)
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} = ")?;
        }
        self.value.fmt(f)
    }
}

impl Display for Stats {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.aggregates.is_empty() {
            f.write_char(' ')?;
            list(&self.aggregates, f)?;
        }
        by(&self.by, f)
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} = ")?;
        }
        self.value.fmt(f)?;
        match &self.filter {
            Some(filter) => write!(f, " WHERE {filter}"),
            None => Ok(()),
        }
    }
}

impl Display for SortKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)?;
        f.write_str(match self.order {
            Some(Order::Ascending) => " ASC",
            Some(Order::Descending) => " DESC",
            None => "",
        })?;
        f.write_str(match self.nulls {
            Some(Nulls::First) => " NULLS FIRST",
            Some(Nulls::Last) => " NULLS LAST",
            None => "",
        })
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "LIMIT {}", self.count.value)?;
        by(&self.by, f)
    }
}

impl Display for Renaming {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", self.old, self.new)
    }
}

impl Display for Dissect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("DISSECT ")?;
        write_primary(&self.input, f)?;
        write!(f, " {}", self.pattern)?;
        match &self.append_separator {
            Some(separator) => write!(f, " APPEND_SEPARATOR = {separator}"),
            None => Ok(()),
        }
    }
}

impl Display for Grok {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("GROK ")?;
        write_primary(&self.input, f)?;
        f.write_char(' ')?;
        list(&self.patterns, f)
    }
}

impl Display for Enrich {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ENRICH ")?;
        match &self.mode {
            Some(mode) => write!(f, "{}:{}", mode.value, self.policy.value)?,
            None => f.write_str(&self.policy.value)?,
        }
        if let Some(on) = &self.on {
            write!(f, " ON {on}")?;
        }
        if self.with.is_empty() {
            return Ok(());
        }
        f.write_str(" WITH ")?;
        list(&self.with, f)
    }
}

impl Display for EnrichField {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.new_name {
            write!(f, "{name} = ")?;
        }
        self.field.fmt(f)
    }
}

impl Display for LookupJoin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "LOOKUP JOIN {} ON ", self.index)?;
        list(&self.on, f)
    }
}

impl Display for ChangePoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CHANGE_POINT {}", self.value)?;
        if let Some(key) = &self.key {
            write!(f, " ON {key}")?;
        }
        if let Some((kind, likelihood)) = &self.targets {
            write!(f, " AS {kind}, {likelihood}")?;
        }
        by(&self.by, f)
    }
}

impl Display for Completion {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("COMPLETION ")?;
        if let Some(target) = &self.target {
            write!(f, "{target} = ")?;
        }
        write_primary(&self.prompt, f)?;
        with(self.with.as_ref(), f)
    }
}

impl Display for Rerank {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("RERANK ")?;
        if let Some(target) = &self.target {
            write!(f, "{target} = ")?;
        }
        write!(f, "{} ON ", self.query.value)?;
        list(&self.fields, f)?;
        with(self.with.as_ref(), f)
    }
}

impl Display for With {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            With::Options(map) => map.fmt(f),
            With::Inference(name) => name.fmt(f),
        }
    }
}

impl Display for Fuse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("FUSE")?;
        if let Some(method) = &self.method {
            f.write_char(' ')?;
            word(&method.value, f)?;
        }
        if let Some(score) = &self.score_by {
            write!(f, " SCORE BY {score}")?;
        }
        if let Some(group) = &self.group_by {
            write!(f, " GROUP BY {group}")?;
        }
        if !self.key_by.is_empty() {
            f.write_str(" KEY BY ")?;
            list(&self.key_by, f)?;
        }
        match &self.options {
            Some(options) => write!(f, " WITH {options}"),
            None => Ok(()),
        }
    }
}

impl Display for Extract {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} = ", self.what.as_str(), self.prefix)?;
        write_primary(&self.value, f)?;
        match &self.options {
            Some(options) => write!(f, " WITH {options}"),
            None => Ok(()),
        }
    }
}

/// ` BY a, b`, or nothing.
fn by<T: Display>(items: &[T], f: &mut Formatter<'_>) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    f.write_str(" BY ")?;
    list(items, f)
}

/// ` WITH ..`, or nothing.
fn with(with: Option<&With>, f: &mut Formatter<'_>) -> fmt::Result {
    match with {
        Some(with) => write!(f, " WITH {with}"),
        None => Ok(()),
    }
}

/// A name of one part, in backticks if it needs them.
fn word(name: &str, f: &mut Formatter<'_>) -> fmt::Result {
    if lex::is_plain_name(name) {
        return f.write_str(name);
    }
    write!(f, "`{}`", name.replace('`', "``"))
}
