//! Functions on texts (ES|QL reference, "String functions").

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, TextFunction};

use super::{Entry, Param, TEXTS};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry { repeats: true, ..keyword("concat", TextFunction::Concat, &[TEXT, TEXT]) },
    integer("length", TextFunction::Length, &[TEXT]),
    integer("bit_length", TextFunction::BitLength, &[TEXT]),
    integer("byte_length", TextFunction::ByteLength, &[TEXT]),
    Entry { required: 2, ..keyword("substring", TextFunction::Substring, &[TEXT, int("start"), int("length")]) },
    keyword("left", TextFunction::Left, &[TEXT, int("length")]),
    keyword("right", TextFunction::Right, &[TEXT, int("length")]),
    keyword("trim", TextFunction::Trim, &[TEXT]),
    keyword("ltrim", TextFunction::LTrim, &[TEXT]),
    keyword("rtrim", TextFunction::RTrim, &[TEXT]),
    keyword("to_lower", TextFunction::ToLower, &[TEXT]),
    keyword("to_upper", TextFunction::ToUpper, &[TEXT]),
    keyword("reverse", TextFunction::Reverse, &[TEXT]),
    keyword("replace", TextFunction::Replace, &[TEXT, text("regex"), text("newString")]),
    keyword("split", TextFunction::Split, &[TEXT, text("delim")]),
    Entry { required: 2, ..integer("locate", TextFunction::Locate, &[TEXT, text("substring"), int("start")]) },
    boolean("starts_with", TextFunction::StartsWith, &[TEXT, text("prefix")]),
    boolean("ends_with", TextFunction::EndsWith, &[TEXT, text("suffix")]),
    boolean("contains", TextFunction::Contains, &[TEXT, text("substring")]),
    keyword("repeat", TextFunction::Repeat, &[TEXT, int("number")]),
    keyword("space", TextFunction::Space, &[int("number")]),
    keyword("hash", TextFunction::Hash, &[text("algorithm"), text("input")]),
    keyword("md5", TextFunction::Md5, &[text("input")]),
    keyword("sha1", TextFunction::Sha1, &[text("input")]),
    keyword("sha256", TextFunction::Sha256, &[text("input")]),
    keyword("from_base64", TextFunction::FromBase64, &[TEXT]),
    keyword("to_base64", TextFunction::ToBase64, &[TEXT]),
    keyword("url_encode", TextFunction::UrlEncode, &[TEXT]),
    keyword("url_encode_component", TextFunction::UrlEncodeComponent, &[TEXT]),
    keyword("url_decode", TextFunction::UrlDecode, &[TEXT]),
    keyword(
        "json_extract",
        TextFunction::JsonExtract,
        &[Param::of("string", &[Type::Keyword, Type::Text, Type::Source]), text("path")],
    ),
];

const TEXT: Param = text("string");

const fn text(name: &'static str) -> Param {
    Param::of(name, TEXTS)
}

const fn int(name: &'static str) -> Param {
    Param::of(name, &[Type::Integer])
}

const fn entry(
    name: &'static str,
    function: TextFunction,
    params: &'static [Param],
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry {
        name,
        aliases: &[],
        function: Function::Text(function),
        params,
        required: params.len(),
        repeats: false,
        result,
    }
}

const fn keyword(name: &'static str, function: TextFunction, params: &'static [Param]) -> Entry {
    entry(name, function, params, |_| Type::Keyword)
}

const fn integer(name: &'static str, function: TextFunction, params: &'static [Param]) -> Entry {
    entry(name, function, params, |_| Type::Integer)
}

const fn boolean(name: &'static str, function: TextFunction, params: &'static [Param]) -> Entry {
    entry(name, function, params, |_| Type::Boolean)
}
