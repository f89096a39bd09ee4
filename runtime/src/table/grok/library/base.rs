//! Words, numbers, addresses, paths, times.

use super::Entries;
use super::Form::Expression as E;

pub(super) const ENTRIES: Entries = &[
    // words
    ("USERNAME", E(r"[\w.-]+")),
    ("USER", E("%{USERNAME}")),
    ("WORD", E(r"\b\w+\b")),
    ("NOTSPACE", E(r"\S+")),
    ("SPACE", E(r"\s*")),
    ("DATA", E(".*?")),
    ("GREEDYDATA", E(".*")),
    ("QUOTEDSTRING", E(r#"(?<!\\)(?>"(?>\\.|[^"\\]+)+"|""|'(?>\\.|[^'\\]+)+'|''|`(?>\\.|[^`\\]+)+`|``)"#)),
    ("QS", E("%{QUOTEDSTRING}")),
    ("UUID", E(r"\h{8}(?:-\h{4}){3}-\h{12}")),
    ("URN", E(r"urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:(?:[0-9A-Za-z!#$'()*+,./:;=?@_-]|%\h{2})+")),
    // numbers
    ("INT", E("[+-]?[0-9]+")),
    ("POSINT", E(r"\b[1-9][0-9]*\b")),
    ("NONNEGINT", E(r"\b[0-9]+\b")),
    ("BASE10NUM", E(r"(?<![0-9.+-])(?>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))")),
    ("NUMBER", E("%{BASE10NUM}")),
    ("BASE16NUM", E(r"(?<!\h)[+-]?(?:0x)?\h+")),
    ("BASE16FLOAT", E(r"\b(?<![\h.])[+-]?(?:0x)?(?:\h+(?:\.\h*)?|\.\h+)\b")),
    // mail
    ("EMAILLOCALPART", E(r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]{1,64}(?:\.[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]{1,62}){0,63}")),
    ("EMAILADDRESS", E("%{EMAILLOCALPART}@%{HOSTNAME}")),
    // networks
    ("MAC", E("(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})")),
    ("CISCOMAC", E(r"\h{4}(?:\.\h{4}){2}")),
    ("WINDOWSMAC", E(r"\h{2}(?:-\h{2}){5}")),
    ("COMMONMAC", E(r"\h{2}(?::\h{2}){5}")),
    (
        "IPV4",
        E(
            r"(?<![0-9])(?:(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])\.){3}(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])(?![0-9])",
        ),
    ),
    ("IP", E("(?:%{IPV6}|%{IPV4})")),
    ("HOSTNAME", E(r"\b[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*(?:\.?|\b)")),
    ("IPORHOST", E("(?:%{IP}|%{HOSTNAME})")),
    ("HOSTPORT", E("%{IPORHOST}:%{POSINT}")),
    // paths: whole ones
    ("PATH", E("(?:%{UNIXPATH}|%{WINPATH})")),
    ("UNIXPATH", E("(?:/[[:alnum:]_%!$@:.,+~-]*)+")),
    ("TTY", E(r"/dev/(?:pts|tty[pq]?)\w*/?[0-9]+")),
    ("WINPATH", E(r"(?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+")),
    // uniform resource identifiers
    ("URIPROTO", E(r"[A-Za-z](?:[A-Za-z0-9+\-.]+)+")),
    ("URIHOST", E("%{IPORHOST}(?::%{POSINT})?")),
    ("URIPATH", E(r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\-]*)+")),
    ("URIQUERY", E(r"[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]<>]*")),
    ("URIPARAM", E(r"\?%{URIQUERY}")),
    ("URIPATHPARAM", E(r"%{URIPATH}(?:\?%{URIQUERY})?")),
    ("URI", E(r"%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?")),
    // dates
    (
        "MONTH",
        E(concat!(
            r"\b(?:[Jj]an(?:uary|uar)?|[Ff]eb(?:ruary|ruar)?|[Mm][aä]?r(?:ch|z)?|[Aa]pr(?:il)?|[Mm]a[yi]?|[Jj]un[ei]?|[Jj]ul[yi]?",
            r"|[Aa]ug(?:ust)?|[Ss]ep(?:tember)?|[Oo][ck]?t(?:ober)?|[Nn]ov(?:ember)?|[Dd]e[cz](?:ember)?)\b"
        )),
    ),
    ("MONTHNUM", E("(?:0?[1-9]|1[0-2])")),
    ("MONTHNUM2", E("(?:0[1-9]|1[0-2])")),
    ("MONTHDAY", E("(?:0[1-9]|[12][0-9]|3[01]|[1-9])")),
    ("DAY", E("(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)")),
    ("YEAR", E(r"(?>\d\d){1,2}")),
    ("DATE_US", E("%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}")),
    ("DATE_EU", E("%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}")),
    ("DATE", E("%{DATE_US}|%{DATE_EU}")),
    // times of day
    ("HOUR", E("(?:2[0-3]|[01]?[0-9])")),
    ("MINUTE", E("[0-5][0-9]")),
    ("SECOND", E("(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?")),
    ("TIME", E("%{HOUR}:%{MINUTE}:%{SECOND}(?![0-9])")),
    ("TZ", E("(?:[APMCE][SD]T|UTC)")),
    ("ISO8601_TIMEZONE", E("(?:Z|[+-]%{HOUR}:?%{MINUTE})")),
    ("ISO8601_SECOND", E("%{SECOND}")),
    // points in time
    (
        "TIMESTAMP_ISO8601",
        E("%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?"),
    ),
    ("DATESTAMP", E("%{DATE}[- ]%{TIME}")),
    ("DATESTAMP_RFC822", E("%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}")),
    ("DATESTAMP_RFC2822", E("%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}")),
    ("DATESTAMP_OTHER", E("%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}")),
    ("DATESTAMP_EVENTLOG", E("%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}")),
    ("HTTPDATE", E("%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}")),
    (
        "LOGLEVEL",
        E(concat!(
            "(?:[Aa]lert|ALERT|[Tt]race|TRACE|[Dd]ebug|DEBUG|[Nn]otice|NOTICE|[Ii]nfo?(?:rmation)?|INFO?(?:RMATION)?|[Ww]arn?(?:ing)?",
            "|WARN?(?:ING)?|[Ee]rr?(?:or)?|ERR?(?:OR)?|[Cc]rit?(?:ical)?|CRIT?(?:ICAL)?|[Ff]atal|FATAL|[Ss]evere|SEVERE|EMERG(?:ENCY)?",
            "|[Ee]merg(?:ency)?)"
        )),
    ),
];

/// An address of version 6: so many groups with a colon behind them, then what can follow them.
pub(super) fn ipv6() -> String {
    const OCTET: &str = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
    let v4 = format!(r"{OCTET}(?:\.{OCTET}){{3}}");
    let mut forms =
        vec![r"(?:\h{1,4}:){7}(?:\h{1,4}|:)".to_owned(), format!(r"(?:\h{{1,4}}:){{6}}(?::\h{{1,4}}|{v4}|:)")];
    for groups in (0..=5_usize).rev() {
        let before = match groups {
            0 => ":".to_owned(),
            groups => format!(r"(?:\h{{1,4}}:){{{groups}}}"),
        };
        // seven groups in all, two of which version 4 takes
        let most = 7_usize.saturating_sub(groups);
        let before_v4 = 5_usize.saturating_sub(groups);
        forms.push(format!(r"{before}(?:(?::\h{{1,4}}){{1,{most}}}|(?::\h{{1,4}}){{0,{before_v4}}}:{v4}|:)"));
    }
    format!("(?:{})(?:%.+)?", forms.join("|"))
}
