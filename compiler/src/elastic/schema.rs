//! The types of fields: what Elasticsearch's mapping says of them.
//!
//! Types decide what a query means: a keyword is compared as a whole, a text word by word, an address may be asked for a network. Fields that
//! no table names are keywords, unless a literal says that they are numbers or booleans.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use sigil_runtime::table::pipeline::{Bounds, USUAL_BOUND};

use super::esql::analyze::Table;
use crate::diagnostic::{Code, Diagnostics, closest};
use crate::ir;
use crate::source::{FileId, Span};

/// What a mapping says of a field (Elasticsearch reference, "Field data types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// `keyword`, `constant_keyword`, `version`: compared as a whole.
    Keyword,
    /// `wildcard`: as a keyword, of any length.
    Wildcard,
    /// A keyword that is indexed in lower case (`process.name.caseless`).
    Caseless,
    /// `text`, `match_only_text`: analysed, compared word by word.
    Text,
    /// `long`, `integer`, `short`, `byte`, `unsigned_long`
    Integer,
    /// `double`, `float`, `half_float`, `scaled_float`
    Float,
    /// `boolean`
    Boolean,
    /// `date`, `date_nanos`
    Date,
    /// `ip`
    Ip,
    /// `object`: fields below it have types of their own.
    Object,
    /// `nested`: objects of a list that queries look at one by one.
    Nested,
    /// `flattened`: everything below it is a keyword.
    Flattened,
    /// `geo_point` and others that no query language here compares.
    Other,
    /// In no table.
    Unknown,
}

impl FieldType {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "keyword" | "constant_keyword" | "version" => Self::Keyword,
            "wildcard" => Self::Wildcard,
            "text" | "match_only_text" => Self::Text,
            "long" | "integer" | "short" | "byte" | "unsigned_long" => Self::Integer,
            "double" | "float" | "half_float" | "scaled_float" => Self::Float,
            "boolean" => Self::Boolean,
            "date" | "date_nanos" => Self::Date,
            "ip" => Self::Ip,
            "object" => Self::Object,
            "nested" => Self::Nested,
            "flattened" => Self::Flattened,
            "geo_point" | "geo_shape" | "binary" | "histogram" | "type" => Self::Other,
            _ => return None,
        })
    }

    /// As messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Wildcard => "wildcard",
            Self::Caseless => "keyword in lower case",
            Self::Text => "text",
            Self::Integer => "long",
            Self::Float => "double",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Ip => "ip",
            Self::Object => "object",
            Self::Nested => "nested",
            Self::Flattened => "flattened",
            Self::Other => "geo_point",
            Self::Unknown => "unknown",
        }
    }

    /// Whether its values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Float)
    }
}

/// Names that a schema file may give.
const NAMES: [&str; 24] = [
    "keyword",
    "constant_keyword",
    "version",
    "wildcard",
    "text",
    "match_only_text",
    "long",
    "integer",
    "short",
    "byte",
    "unsigned_long",
    "double",
    "float",
    "half_float",
    "scaled_float",
    "boolean",
    "date",
    "date_nanos",
    "ip",
    "object",
    "nested",
    "flattened",
    "geo_point",
    "geo_shape",
];

/// A field as a query names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What rules read.
    pub field: Arc<ir::Field>,
    /// Its type.
    pub kind: FieldType,
}

/// Types of fields, by name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    fields: HashMap<String, Entry>,
    tables: BTreeMap<String, Table>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: FieldType,
    /// As the table says.
    mapping: &'static str,
    ignore_above: Option<u32>,
}

const SHIPPED: &str = include_str!("../../../rules/schema/elastic.csv");

impl Schema {
    /// The table that comes with Sigil (`rules/schema/elastic.csv`).
    pub fn shipped() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| {
            let mut schema = Self::default();
            schema.extend(FileId(0), SHIPPED, &mut Diagnostics::new());
            schema
        })
    }

    /// Adds tables that `ENRICH` and `LOOKUP JOIN` find, by name.
    pub fn add_tables(&mut self, tables: &[(String, Table)]) {
        self.tables.extend(tables.iter().cloned());
    }

    /// Tables that `ENRICH` and `LOOKUP JOIN` find.
    pub fn tables(&self) -> &BTreeMap<String, Table> {
        &self.tables
    }

    /// Adds a table of types: a CSV file with the columns field, type and, where values may be too long to be found, `ignore_above`. Later lines win. Empty lines, lines that
    /// start with `#`, and a heading are skipped; what cannot be read is said.
    pub fn extend(&mut self, file: FileId, text: &str, diags: &mut Diagnostics) {
        /// Wrong lines that are told one by one.
        const MOST: usize = 20;
        let (mut at, mut wrong) = (0, 0_usize);
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let content = line.trim();
            if content.is_empty()
                || content.starts_with('#')
                || content == "field,type"
                || content.starts_with("field,type,")
            {
                continue;
            }
            if let Err(problem) = self.add_line(content) {
                wrong += 1;
                if wrong <= MOST {
                    let place = Span::new(file, start, start + line.trim_end().len());
                    diags.push(Code::InvalidSchema.at(place, problem.0).help(problem.1));
                }
            }
        }
    }

    fn add_line(&mut self, line: &str) -> Result<(), (String, String)> {
        let mut cells = line.split(',').map(|cell| cell.trim().trim_matches('"'));
        let (name, kind) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let (limit, more) = (cells.next().unwrap_or_default(), cells.next());
        if name.is_empty() || kind.is_empty() || more.is_some() {
            let help = "write `process.name,keyword,1024`; the number may be left out";
            return Err(("a line of a schema has a field, a type and perhaps a number".to_owned(), help.to_owned()));
        }
        let mapping = NAMES.into_iter().find(|name| *name == kind).unwrap_or("unsupported");
        let Some(kind) = FieldType::from_name(kind) else {
            let help = closest(kind, NAMES)
                .map_or_else(|| format!("write one of {}", NAMES.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err((format!("the type `{}` is not known", super::short(kind)), help));
        };
        let ignore_above = match limit {
            "" => None,
            digits => match digits.parse::<u32>() {
                Ok(limit) if limit > 0 => Some(limit),
                Ok(_) | Err(_) => {
                    let message = format!("`{}` is not a number of characters", super::short(digits));
                    return Err((message, "write a whole number from 1, or nothing".to_owned()));
                }
            },
        };
        self.fields.insert(name.to_owned(), Entry { kind, mapping, ignore_above });
        Ok(())
    }

    /// The field of this name. Further views of a field (`process.name.text`, `process.name.caseless`) read that field: events do not hold them.
    pub fn field(&self, name: &str) -> Field {
        let view = name.rsplit_once('.').and_then(|(of, view)| Some((of, view_type(view)?)));
        let of = view.map(|(of, kind)| (of, kind, self.entry(of)));
        match (of, self.entry(name)) {
            (Some((of, kind, Some(entry))), found) if !matches!(entry.kind, FieldType::Object | FieldType::Nested) => {
                let ignore_above = found.map_or(entry.ignore_above, |found| found.ignore_above);
                let kind = if kind == FieldType::Text { kind } else { found.map_or(kind, |found| found.kind) };
                resolved(name, &[of], kind, ignore_above.filter(|_| kind != FieldType::Text))
            }
            (_, Some(entry)) => resolved(name, &[name], entry.kind, entry.ignore_above),
            // the field may itself have this name
            (Some((of, kind, None)), None) if kind != FieldType::Text => resolved(name, &[name, of], kind, None),
            (_, None) if self.is_below_flattened(name) => resolved(name, &[name], FieldType::Keyword, None),
            (_, None) => resolved(name, &[name], FieldType::Unknown, None),
        }
    }

    /// What the mapping of a field is called in Elasticsearch (`integer`, `date_nanos`, ..), where [`FieldType`] knows only the kind; `None` of a field that
    /// is in no table.
    pub fn mapping(&self, name: &str) -> Option<&'static str> {
        let own = self.entry(name).map(|entry| entry.mapping);
        match self.field(name).kind {
            FieldType::Unknown => None,
            FieldType::Text => Some("text"),
            FieldType::Caseless => Some("keyword"),
            FieldType::Keyword => own.filter(|own| *own == "version").or(Some("keyword")),
            kind => own.or(Some(kind.name())),
        }
    }

    /// The place of whose object this is a part: `source.geo.location` of `source.geo.location.lat`.
    pub fn place<'n>(&self, name: &'n str) -> Option<&'n str> {
        let mut above = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
        above.find(|above| self.entry(above).is_some_and(|entry| entry.mapping == "geo_point"))
    }

    /// How many characters of a text of this field an index takes, for `METADATA _ignored`; `None`: any number.
    pub fn bound(&self, name: &str) -> Option<u32> {
        match self.entry(name) {
            Some(Entry { kind: FieldType::Text, .. }) => None,
            entry => Some(entry.and_then(|entry| entry.ignore_above).unwrap_or(USUAL_BOUND)),
        }
    }

    /// [`Self::bound`] of all fields in the tables that events hold, where it is not the usual one.
    pub fn bounds(&self) -> Bounds {
        let is_view = |name: &str| name.rsplit_once('.').is_some_and(|(of, _)| self.fields.contains_key(of));
        let names =
            self.fields.iter().filter(|(_, entry)| entry.kind == FieldType::Text || entry.ignore_above.is_some());
        let bounds: BTreeMap<&str, Option<u32>> = names
            .map(|(name, _)| (name.as_str(), self.bound(name)))
            .filter(|(name, bound)| *bound != Some(USUAL_BOUND) && !(bound.is_none() && is_view(name)))
            .collect();
        bounds.into_iter().map(|(name, bound)| (name.into(), bound)).collect()
    }

    /// The names of fields that match a pattern with `*`, in order, with their types.
    pub fn like(&self, pattern: &str) -> Vec<(&str, FieldType)> {
        let fields = self.fields.iter().map(|(name, entry)| (name.as_str(), entry.kind));
        let mut found: Vec<_> = fields.filter(|(name, _)| sigil_runtime::stars::matches(pattern, name)).collect();
        found.sort_unstable_by_key(|(name, _)| *name);
        found
    }

    fn entry(&self, name: &str) -> Option<Entry> {
        self.fields.get(name).copied()
    }

    fn is_below_flattened(&self, name: &str) -> bool {
        name.match_indices('.').any(|(at, _)| {
            let above = name.get(..at).and_then(|above| self.entry(above));
            above.is_some_and(|entry| entry.kind == FieldType::Flattened)
        })
    }
}

/// The type of a further view, by the last part of its name.
fn view_type(name: &str) -> Option<FieldType> {
    match name {
        "text" => Some(FieldType::Text),
        "keyword" => Some(FieldType::Keyword),
        "caseless" => Some(FieldType::Caseless),
        _ => None,
    }
}

fn resolved(name: &str, paths: &[&str], kind: FieldType, ignore_above: Option<u32>) -> Field {
    let sources = paths.iter().map(|path| ir::FieldSource { path: (*path).to_owned(), under: None }).collect();
    Field { field: Arc::new(ir::Field { name: name.to_owned(), sources, ignore_above }), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_types() {
        let schema = Schema::shipped();
        let kind = |name: &str| schema.field(name).kind;
        assert_eq!(kind("process.pid"), FieldType::Integer);
        assert_eq!(kind("process.command_line"), FieldType::Wildcard);
        assert_eq!(kind("source.ip"), FieldType::Ip);
        assert_eq!(kind("made.up"), FieldType::Unknown);
        assert_eq!(kind("process.elf.exports.puts"), FieldType::Keyword, "below a flattened field");
        assert_eq!(schema.field("process.name").field.ignore_above, Some(1024));
        let paths = |name: &str| -> Vec<String> {
            let Field { field, .. } = schema.field(name);
            field.sources.iter().map(|source| source.path.clone()).collect()
        };
        assert_eq!(kind("process.name.caseless"), FieldType::Caseless);
        assert_eq!(paths("process.name.caseless"), ["process.name"]);
        assert_eq!(kind("process.command_line.text"), FieldType::Text);
        assert_eq!(paths("process.command_line.text"), ["process.command_line"]);
        assert_eq!(paths("process.io.text"), ["process.io.text"], "an object has no views");
        assert_eq!(paths("made.up.keyword"), ["made.up.keyword", "made.up"]);
    }

    #[test]
    fn mappings_are_told_exactly() {
        let mut schema = Schema::default();
        schema.extend(
            FileId(0),
            "a,integer\nb,date_nanos\nc,version\nd,flattened\ne,scaled_float\n",
            &mut Diagnostics::new(),
        );
        for (name, mapping) in [
            ("a", Some("integer")),
            ("b", Some("date_nanos")),
            ("c", Some("version")),
            ("c.text", Some("text")),
            ("d", Some("flattened")),
            ("d.x.y", Some("keyword")),
            ("e", Some("scaled_float")),
            ("f", None),
            ("f.caseless", Some("keyword")),
        ] {
            assert_eq!(schema.mapping(name), mapping, "{name}");
        }
    }

    #[test]
    fn schemas_are_read_line_by_line() {
        let mut schema = Schema::default();
        let mut diags = Diagnostics::new();
        let text =
            "field,type,ignore_above\n# a comment\n\na,long\nb,\"keyword\",5\r\nc\nd,keywrod\ne,keyword,x\na,ip,,\n";
        schema.extend(FileId(0), text, &mut diags);
        assert_eq!(schema.field("a").kind, FieldType::Integer);
        assert_eq!(schema.field("b").field.ignore_above, Some(5));
        let said: Vec<_> = diags.as_slice().iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(said.len(), 4, "{said:?}");
    }
}
