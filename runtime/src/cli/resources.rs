//! What rules look up beside events: indicators and tables; and where alerts go.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::args::RunArgs;
use super::completion::Model;
use crate::engine::Engine;
use crate::input::{Batch, Options, Reader, Source};
use crate::matcher::formula::Datum;
use crate::table::function::convert::from_event;
use crate::table::tables::{Resources, Table};
use crate::table::{Type, Value};

/// The engine with all that the command line names, and who answers its prompts.
pub(super) fn equip(engine: &Engine, args: &RunArgs) -> Result<(Engine, Option<Arc<Model>>), String> {
    let mut engine = engine.clone();
    let model = args.completion.as_deref().map(Model::open).transpose()?;
    let resources = resources(&args.tables, model.clone())?;
    if !args.tables.is_empty() || args.completion.is_some() {
        engine = engine.with_resources(resources);
    }
    if !args.indicators.is_empty() {
        let indicators = indicators(args)?;
        engine = engine.with_indicators(indicators.iter().map(Vec::as_slice));
    }
    Ok((engine, model))
}

/// Tables by name, and who answers prompts.
///
/// # Errors
/// When a table cannot be read: says which, and why.
pub fn resources(tables: &[(String, PathBuf)], model: Option<Arc<Model>>) -> Result<Resources, String> {
    let mut resources = Resources::default();
    for (name, path) in tables {
        let table = fs::read(path).map_err(|error| error.to_string()).and_then(|text| table(&text));
        let table = table.map_err(|error| format!("cannot use table `{}`: {error}", path.display()))?;
        resources.add_table(name, table);
    }
    if let Some(model) = model {
        resources.set_completion(model);
    }
    Ok(resources)
}

fn indicators(args: &RunArgs) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    for path in &args.indicators {
        let mut reader = Reader::new([Source::File(path.clone())], Options::default());
        let mut batch = Batch::default();
        loop {
            // the last one may hold nothing but what is broken
            let more = reader.next_batch(&mut batch);
            if let Some(broken) = batch.broken().first() {
                return Err(format!("cannot use indicators: {broken}"));
            }
            if !more {
                break;
            }
            found.extend(batch.events().map(|(_, text)| text.to_vec()));
        }
    }
    Ok(found)
}

/// A table: JSON objects if the first character is a brace, else CSV.
///
/// # Errors
/// When it is neither, a type in the heading is not known, or a cell does not fit its type.
pub fn table(text: &[u8]) -> Result<Table, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.trim_ascii_start().starts_with(b"{") { of_json(text) } else { of_csv(text) }
}

fn of_csv(text: &[u8]) -> Result<Table, String> {
    let mut reader = csv::Reader::from_reader(text);
    let heading = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut table = Table::default();
    let mut kinds = Vec::new();
    for column in &heading {
        let (name, kind) = column.rsplit_once(':').unwrap_or((column, "keyword"));
        let known = Type::ALL.into_iter().find(|known| known.name() == kind.trim());
        kinds.push(known.ok_or_else(|| {
            let names: Vec<&str> = Type::ALL.iter().map(|kind| kind.name()).collect();
            format!("no type `{}` in the heading; the types are {}", kind.trim(), names.join(", "))
        })?);
        table.columns.push(name.trim().into());
    }
    for (record, line) in reader.records().zip(2_u64..) {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |(text, kind): (&str, &Type)| {
            let text = text.trim();
            let members = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
            let one = |text: &str| match text.trim() {
                "" => Ok(Value::Null),
                text => match from_event(*kind, &Datum::Text(text)) {
                    Value::Null => Err(format!("record {line}: `{text}` is no {kind}")),
                    value => Ok(value),
                },
            };
            match members {
                Some(members) => members.split(',').map(one).collect::<Result<Vec<_>, _>>().map(Value::list),
                None => one(text),
            }
        };
        table.rows.push(record.iter().zip(&kinds).map(cell).collect::<Result<_, _>>()?);
    }
    table.types = kinds;
    Ok(table)
}

fn of_json(text: &[u8]) -> Result<Table, String> {
    let mut table = Table::default();
    for object in serde_json::Deserializer::from_slice(text).into_iter::<Map<String, Json>>() {
        let mut row = vec![Value::Null; table.columns.len()];
        flatten("", object.map_err(|error| error.to_string())?, &mut |name, value| {
            let known = table.columns.iter().position(|column| **column == *name);
            let at = known.unwrap_or_else(|| {
                table.columns.push(name.into());
                row.push(Value::Null);
                row.len() - 1
            });
            if let Some(place) = row.get_mut(at) {
                *place = value;
            }
        });
        table.rows.push(row);
    }
    let width = table.columns.len();
    table.rows.iter_mut().for_each(|row| row.resize(width, Value::Null));
    table.types = (0..width).map(|at| alike(&mut table.rows, at)).collect();
    Ok(table)
}

/// The type of a column of JSON values, which all become values of that type: numbers of both kinds are doubles, anything else that differs is a keyword.
fn alike(rows: &mut [Vec<Value>], at: usize) -> Type {
    let values = rows.iter().filter_map(|row| row.get(at)).flat_map(Value::values);
    let kinds: BTreeSet<Type> = values.map(Value::kind).collect();
    let kind = match kinds.iter().collect::<Vec<_>>().as_slice() {
        [kind] => return **kind,
        [Type::Long, Type::Double] => Type::Double,
        _ => Type::Keyword,
    };
    let convert = |value: &Value| match kind {
        Type::Double => value.as_f64().map_or(Value::Null, Value::double),
        _ => Value::text(value.to_string()),
    };
    for value in rows.iter_mut().filter_map(|row| row.get_mut(at)) {
        *value = Value::list(value.values().iter().map(convert));
    }
    kind
}

/// Objects in objects become columns with dots in their names.
fn flatten(prefix: &str, object: Map<String, Json>, put: &mut dyn FnMut(&str, Value)) {
    for (name, value) in object {
        let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Json::Object(inner) => flatten(&name, inner, put),
            value => put(&name, of_datum(&value)),
        }
    }
}

fn of_datum(value: &Json) -> Value {
    match value {
        Json::Null | Json::Object(_) => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Long(number),
            None => number.as_f64().map_or(Value::Null, Value::double),
        },
        Json::String(text) => Value::text(text),
        Json::Array(members) => Value::list(members.iter().map(of_datum)),
    }
}

/// The file that alerts go to.
#[derive(Debug)]
pub(super) struct Output {
    pub file: File,
    /// Its full path, whatever way it was named; `None` if it is no file proper, but a pipe or a device.
    pub name: Option<String>,
    /// What was there before and stays.
    pub kept: u64,
}

/// Whether writing to `output` would destroy `other`, a file that is read; or whether events are read from a folder that it is in.
pub fn writes_over(output: &Path, other: &Path) -> bool {
    let (Some(output), Some(other)) = (full(output), full(other)) else { return false };
    output == other || (other.is_dir() && output.parent().is_some_and(|folder| folder.starts_with(&other)))
}

/// The full path of a file, which need not be there yet.
fn full(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok().or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    })
}

/// What alerts would be written over, if the command line says so by mistake.
pub(super) fn overwritten(args: &RunArgs) -> Option<String> {
    let output = args.output.as_deref()?;
    let name = |path: &Path| path.display().to_string();
    let read = args.events.iter().filter(|path| path.as_os_str() != "-");
    if let Some(events) = read.clone().find(|path| writes_over(output, path)) {
        let what = if events.is_dir() {
            "would be read as events by the next run: they lie in"
        } else {
            "would be written over their events"
        };
        return Some(format!(
            "alerts in `{}` {what} `{}`; name another file with `--output`",
            name(output),
            name(events)
        ));
    }
    let tables = args.tables.iter().map(|(_, path)| path);
    let others = args.indicators.iter().chain(tables).chain(&args.state);
    let other = others.filter(|path| !path.is_dir()).find(|path| writes_over(output, path))?;
    Some(format!("alerts would be written over `{}`; name another file with `--output`", name(other)))
}

/// Opens the file that alerts go to, and cuts it to what counts; `keep` says so for its full path.
pub(super) fn open_output(path: &Path, keep: impl FnOnce(&str) -> u64) -> std::io::Result<Output> {
    let mut file = File::options().create(true).write(true).read(true).truncate(false).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Output { file, name: None, kept: 0 });
    }
    let name = fs::canonicalize(path)?.display().to_string();
    let kept = keep(&name).min(file.metadata()?.len());
    file.set_len(kept)?;
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(kept))?;
    Ok(Output { file, name: Some(name), kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(table: &Table) -> String {
        let row = |row: &Vec<Value>| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
        format!("{}: {}", table.columns.join("|"), table.rows.iter().map(row).collect::<Vec<_>>().join(" / "))
    }

    #[test]
    fn tables() {
        let csv = b"ip:ip,name,n:long,tags:keyword\n10.0.0.1,\"a, b\",7,\"[x,y]\"\n10.0.0.2,,,\n";
        assert_eq!(cells(&of_csv(csv).unwrap()), "ip|name|n|tags: 10.0.0.1|a, b|7|[x,y] / 10.0.0.2|null|null|null");
        assert!(of_csv(b"a:nonsense\n").unwrap_err().contains("the types are"));
        assert!(of_csv(b"a:long\nx\n").unwrap_err().starts_with("record 2: `x` is no long"));
        let json = b"{\"host\":{\"name\":\"a\"},\"n\":1}\n{\"n\":[1,2.5],\"b\":true}";
        assert_eq!(cells(&of_json(json).unwrap()), "host.name|n|b: a|1.0|null / null|[1.0,2.5]|true");
        assert!(of_json(b"{\"a\":1").is_err());
    }
}
