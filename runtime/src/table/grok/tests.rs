//! What patterns find, and which are refused.

use proptest::prelude::*;

use super::{Grok, library_names};
use crate::table::expr::Warnings;
use crate::table::value::Value;

/// What patterns find in a text: `name=value` of what is not null, `-` if that is nothing, or the error as `place: message`.
fn found(patterns: &[&str], input: &Value) -> String {
    let grok = match Grok::parse(patterns) {
        Ok(grok) => grok,
        Err(error) => return format!("{}: {}", error.at(), error.message()),
    };
    let mut warnings = Warnings::default();
    let values = grok.apply(input, &mut warnings);
    assert_eq!(values.len(), grok.names().len());
    assert_eq!(values.len(), grok.types().len());
    let pairs = grok.names().iter().zip(&values).filter(|(_, value)| !value.is_null());
    let mut shown = pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    if shown.is_empty() {
        shown.push('-');
    }
    if warnings.total() > 0 {
        shown.push_str(&format!(" ({} warnings)", warnings.total()));
    }
    shown
}

fn check(cases: &[(&str, &str, &str)]) {
    for (pattern, text, expected) in cases {
        assert_eq!(found(&[pattern], &Value::text(text)), *expected, "{pattern} on {text:?}");
    }
}

#[test]
fn every_name_of_the_library_compiles() {
    let names: Vec<_> = library_names().collect();
    for name in &names {
        let pattern = format!("%{{{name}:whole}}");
        if let Err(error) = Grok::parse(&[&pattern]) {
            panic!("{name}: {error}");
        }
    }
    assert!(names.len() > 300, "{}", names.len());
}

#[test]
fn names_become_columns_with_types() {
    check(&[
        ("%{WORD:a} %{WORD:b}", "foo bar", "a=foo b=bar"),
        ("%{WORD} %{WORD:b}", "foo bar", "b=bar"),
        ("%{WORD:b} %{WORD:a}", "foo bar", "a=bar b=foo"),
        ("%{WORD:a}", "", "-"),
        ("%{WORD:a}", "  x  ", "a=x"),
        ("%{NUMBER:n:int}", "-12", "n=-12"),
        ("%{NUMBER:n:int}", "1.5", "- (1 warnings)"),
        ("%{NUMBER:n:int}", "9999999999", "- (1 warnings)"),
        ("%{NUMBER:n:long}", "9999999999", "n=9999999999"),
        ("%{NUMBER:n:double}", "1.1", "n=1.1"),
        ("%{NUMBER:n:float}", "1.5", "n=1.5"),
        ("%{NUMBER:n:float}", "1.1", "n=1.100000023841858"),
        ("%{WORD:n:double}", "inf", "- (1 warnings)"),
        ("%{WORD:n:boolean}", "TRUE", "n=true"),
        ("%{WORD:n:boolean}", "yes", "n=false"),
        ("%{WORD:n:string}", "yes", "n=yes"),
        ("%{WORD:a} %{WORD:a} %{WORD:a}", "x y x", "a=[x,y,x]"),
        ("%{INT:a:int}-%{INT:a:int}", "1-2", "a=[1,2]"),
        ("(?<a>x)|(?<a>y)", "y", "a=y"),
        ("(?<a>x)?y", "y", "-"),
        ("(?<a>x*)y", "y", "a="),
        ("%{WORD:a.b-c_d@e[0]}", "x", "a.b-c_d@e[0]=x"),
    ]);
}

#[test]
fn expressions_are_those_of_oniguruma() {
    check(&[
        ("(?<Esql.x>[a-c]+)", "xxabcx", "Esql.x=abc"),
        ("(?'a'x)", "x", "a=x"),
        // plain groups do not capture
        ("(a)(?<b>.)(c)", "abc", "b=b"),
        (r"(?<a>\h+)", "xyz09afAFg", "a=09afAF"),
        (r"(?<a>\H+)", "09xyz", "a=xyz"),
        (r"(?<a>\w+)", "é12", "a=12"),
        (r"(?<a>\d+)", "٣4", "a=4"),
        (r"(?<a>[[:digit:]]+)", "٣4", "a=٣4"),
        (r"(?<a>[[:alpha:]]+)", "1éa2", "a=éa"),
        (r"(?<a>[[:^alpha:]]+)", "éa12", "a=12"),
        (r"(?<a>[^[:space:][:punct:]]+)", " .ab,", "a=ab"),
        (r"(?<a>[a-z&&[^aeiou]]+)", "aebcd", "a=bcd"),
        (r"(?<a>[]x]+)", "a]x", "a=]x"),
        (r"(?<a>[\]\-\\x]+)", r"a]-\x", r"a=]-\x"),
        (r"(?<a>[+-]+)", "a+-", "a=+-"),
        (r"(?<a>[a-c-e]+)", "x-e", "a=-e"),
        (r"(?<a>[\w-.]+)", "/a-b.c/", "a=a-b.c"),
        (r"(?<a>[\W]+)", "ab é c", "a= é "),
        (r"(?<a>[\x41-\x{43}\u0044]+)", "xABCDE", "a=ABCD"),
        (r"(?<a>\p{Alpha}+)\P{Alpha}", "éa1", "a=éa"),
        (r"(?<a>\p{^Alpha}+)", "éa1", "a=1"),
        (r"(?<a>[\p{Lu}]+)", "éaÉA", "a=ÉA"),
        // lines
        ("^b(?<a>.)$", "a\nbc\nd", "a=c"),
        (r"\Ab(?<a>.)", "a\nbc", "-"),
        (r"(?<a>.)\Z", "ab\n", "a=b"),
        (r"(?<a>.)\z", "ab\n", "-"),
        ("a(?<a>.+)", "ab\nc", "a=b"),
        ("(?m)a(?<a>.+)", "ab\nc", "a=b\nc"),
        (r"a\R(?<a>.)", "a\r\nc", "a=c"),
        // flags
        ("(?i)AB(?<a>.)", "abc", "a=c"),
        ("(?i:AB)(?<a>C)", "abc", "-"),
        ("a(?i)b|(?<x>c)", "AC", "-"),
        ("a(?i)b|(?<x>c)", "aC", "x=C"),
        ("(a(?i)b)(?<x>C)", "aBc", "-"),
        ("(?i)a(?-i)b(?<x>.)", "Abc", "x=c"),
        ("(?i)a(?-i)b(?<x>.)", "ABc", "-"),
        ("(?im)^[ \\t]*DNS[ \\t]+Name[ \\t]*=[ \\t]*(?<v>[^\\r\\n]+)\\r?$", "x\r\n dns name=abc\r\ny", "v=abc"),
        ("(?x) a b # comment )\n (?<c>[ ]+) (?-x: )d", "ab  d", "c= "),
        ("a(?#comment)+(?<b>b)", "aab", "b=b"),
        // quantifiers
        ("(?<a>a*+)a", "aaa", "-"),
        ("(?<a>a++)b", "aab", "a=aa"),
        ("(?<a>(?>a+))b", "aab", "a=aa"),
        ("(?<a>a{2})", "aaa", "a=aa"),
        ("(?<a>a{,2})", "aaa", "a=aa"),
        ("(?<a>a{2,})", "aaa", "a=aaa"),
        ("(?<a>a{1,2}?)", "aaa", "a=a"),
        ("x(?<a>a{2}?)", "xaa", "a=aa"),
        ("x(?<a>a{2}?)b", "xb", "a="),
        ("(?<a>a{2}+)", "aaaaa", "a=aaaa"),
        ("(?<a>a{b})", "a{b}", "a=a{b}"),
        ("(?<a>{a,})", "{a,}", "a={a,}"),
        ("(?<a>ab?+c)", "abc", "a=abc"),
        // look-around and back references
        ("(?<=x)(?<a>.)(?!z)", "xyz xab", "a=a"),
        (r#"(?<q>["'])(?<a>.*?)\k<q>"#, r#"'a"b'"#, r#"a=a"b q='"#),
        // escapes
        (r"(?<a>\.\/\-\#\%\{\}\é)", "./-#%{}é", "a=./-#%{}é"),
        (r"(?<a>\t\n\e\a\x20\0)", "\t\n\u{1b}\u{7} \0", "a=\t\n\u{1b}\u{7} \0"),
        ("(?<a>%)%%{WORD:w}", "%%x", "a=% w=x"),
    ]);
}

#[test]
fn rules_of_elastic_find_what_they_look_for() {
    check(&[
        (
            "%{URIPROTO:url_protocol}://%{URIHOST:dest_host}",
            "curl -sL https://evil.example.com:8443/a?b",
            "dest_host=evil.example.com:8443 url_protocol=https",
        ),
        ("%{URIPROTO:p}://%{URIHOST:h}", "http://[::1]/", "-"),
        ("%{URIPROTO:p}://%{URIHOST:h}", "http://10.1.2.3/", "h=10.1.2.3 p=http"),
        ("^(?:%{URIPROTO:p}://)?%{URIHOST:h}(?:/%{GREEDYDATA})?$", "example.com/a/b", "h=example.com"),
        (
            ".*roleArn=(?<r>arn:aws[a-z-]*:iam::[0-9]{12}:role/[^,}]+).*",
            "{roleArn=arn:aws:iam::123456789012:role/x, y}",
            "r=arn:aws:iam::123456789012:role/x",
        ),
        (r"modelId=(?<Esql.model_id>[^,}\]]+)", "{modelId=abc, x}", "Esql.model_id=abc"),
        (
            r"%{DATA}/exec\?%{DATA:raw}&(?:container|stdin)=%{GREEDYDATA}",
            "/a/exec?command=sh&command=-c&container=x",
            "raw=command=sh&command=-c",
        ),
        (r"(?:[^.]+\.)+(?<parent>[^.]+\.[^.]+)$", "a.b.example.com", "parent=example.com"),
        (r"%{INT:i}-%{DATA:d}\.%{GREEDYDATA:Esql.base}", "12-abc.x.com", "Esql.base=x.com d=abc i=12"),
        (r".*\\(?<n>.*)$", r"a\b\c", "n=c"),
        (r"(?i:https?)://(?:[^/@\s]+@)?(?<h>[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)", "HTTPS://u@a.b/c", "h=a.b"),
    ]);
}

#[test]
fn lines_of_logs_are_taken_apart() {
    check(&[
        (
            "%{COMBINEDAPACHELOG}",
            r#"192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08""#,
            "http.request.method=GET http.request.referrer=http://www.example.com/start.html http.response.body.bytes=2326 \
             http.response.status_code=200 http.version=1.0 source.address=192.0.2.1 timestamp=10/Oct/2000:13:55:36 -0700 \
             url.original=/apache_pb.gif user.name=frank user_agent.original=Mozilla/4.08",
        ),
        (
            "%{HTTPD_ERRORLOG}",
            "[Mon Aug 31 09:30:48.958285 2020] [proxy_fcgi:error] [pid 28787:tid 140169587934976] (70008)Partial results: [client 10.0.0.1:58282] AH01075: Error",
            "apache.error.module=proxy_fcgi apache.error.proxy.error.code=70008 apache.error.proxy.error.message=Partial results \
             error.code=AH01075 log.level=error message=Error process.pid=28787 source.address=10.0.0.1 source.port=58282 \
             timestamp=Mon Aug 31 09:30:48.958285 2020 (1 warnings)",
        ),
        (
            "%{SYSLOGLINE}",
            "Mar  7 00:00:01 avas clamd[11165]: /var/amavis/parts/x: Worm FOUND",
            "host.hostname=avas message=/var/amavis/parts/x: Worm FOUND process.name=clamd process.pid=11165 timestamp=Mar  7 00:00:01",
        ),
        (
            "%{SYSLOG5424LINE}",
            r#"<191>1 2009-06-30T18:30:00+02:00 paxton.local grokdebug 4123 - [id1 foo="bar"][id2 baz="x"] Hello"#,
            "host.hostname=paxton.local log.syslog.priority=191 message=Hello process.name=grokdebug process.pid=4123 \
             system.syslog.structured_data=[id1 foo=\"bar\"][id2 baz=\"x\"] system.syslog.version=1 timestamp=2009-06-30T18:30:00+02:00",
        ),
        (
            "%{CRONLOG}",
            "Feb 18 15:15:01 h CRON[5]: (root) CMD (run x)",
            "host.hostname=h message=run x process.name=CRON process.pid=5 \
          system.cron.action=CMD timestamp=Feb 18 15:15:01 user.name=root",
        ),
        ("%{URI:u}", "see ftp://u:p@h.example:21/a/b?c=d#e.", "u=ftp://u:p@h.example:21/a/b?c=d#e."),
        ("%{PATH:p}", "in /usr/lib/x-1.so now", "p=/usr/lib/x-1.so"),
        ("%{PATH:p}", r"C:\Windows\x.exe", r"p=C:\Windows\x.exe"),
        ("%{TTY:t}", "on /dev/pts/3", "t=/dev/pts/3"),
        ("%{TIMESTAMP_ISO8601:t}", "at 2024-02-29T23:59:59.123Z", "t=2024-02-29T23:59:59.123Z"),
        ("%{TIMESTAMP_ISO8601:t}", "at 2024-13-29 23:59", "-"),
        ("%{HTTPDATE:t}", "[10/Oct/2000:13:55:36 -0700]", "t=10/Oct/2000:13:55:36 -0700"),
        ("%{DATESTAMP_RFC2822:t}", "Mon, 15 Aug 2005 15:52:01 +00:00", "t=Mon, 15 Aug 2005 15:52:01 +00:00"),
        ("%{MONTH:m}", "12 März", "m=März"),
        ("%{IP:i}", "a 1.2.3.4 b", "i=1.2.3.4"),
        ("%{IP:i}", "a 256.2.3.4 b", "-"),
        ("^%{IP:i}$", "fe80::1:2:3%eth0", "i=fe80::1:2:3%eth0"),
        ("^%{IPV6:i}$", "::", "i=::"),
        ("^%{IPV6:i}$", "1:2:3:4:5:6:7:8", "i=1:2:3:4:5:6:7:8"),
        ("^%{IPV6:i}$", "1:2:3:4:5:6:7::", "i=1:2:3:4:5:6:7::"),
        ("^%{IPV6:i}$", "::ffff:192.0.2.128", "i=::ffff:192.0.2.128"),
        ("^%{IPV6:i}$", "2001:db8::192.0.2.128", "i=2001:db8::192.0.2.128"),
        ("^%{IPV6:i}$", "1:2:3:4:5:6:7:8:9", "-"),
        ("^%{IPV6:i}$", "1::2::3", "-"),
        ("%{MAC:m}", "00-11-22-aa-bb-cc", "m=00-11-22-aa-bb-cc"),
        ("%{EMAILADDRESS:m}", "<a.b+c@example.org>", "m=a.b+c@example.org"),
        ("%{QS:q} %{QS:r}", r#""a \" b" 'c'"#, r#"q="a \" b" r='c'"#),
        ("%{UUID:u}", "123e4567-e89b-12d3-a456-426614174000", "u=123e4567-e89b-12d3-a456-426614174000"),
        ("%{NUMBER:n}|%{BASE16NUM:h}", "1.2.3", "n=1.2"),
        ("%{LOGLEVEL:l}", "[WARNING] x", "l=WARNING"),
        (
            "%{CISCOFW106001}",
            "Inbound TCP connection denied from 1.2.3.4/34 to 5.6.7.8/45 flags SYN on interface outside",
            "cisco.asa.network.direction=Inbound cisco.asa.network.transport=TCP cisco.asa.outcome=denied cisco.asa.tcp_flags=SYN \
             destination.ip=5.6.7.8 destination.port=45 observer.egress.interface.name=outside source.ip=1.2.3.4 source.port=34",
        ),
        (
            "%{IPTABLES}",
            "IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=1.2.3.4 DST=5.6.7.8 LEN=40 TOS=0x00 PREC=0x00 TTL=53 ID=1 DF PROTO=TCP SPT=10 DPT=22 WINDOW=14600 RES=0x00 SYN ",
            "destination.ip=5.6.7.8 destination.mac=00:11:22:33:44:55 destination.port=22 iptables.fragment_flags=DF iptables.id=1 \
             iptables.length=40 iptables.precedence_bits=00 iptables.tcp.flags=SYN  iptables.tcp.window=14600 iptables.tcp_reserved_bits=00 \
             iptables.tos=00 iptables.ttl=53 network.transport=TCP observer.ingress.interface.name=eth0 source.ip=1.2.3.4 \
             source.mac=66:77:88:99:aa:bb source.port=10",
        ),
        (
            "%{NAGIOSLOGLINE}",
            "[1427925600] CURRENT SERVICE STATE: nagioshost;nagiosservice;OK;HARD;1;nagiosmessage",
            "host.hostname=nagioshost message=nagiosmessage nagios.log.attempt=1 nagios.log.state_type=HARD \
             nagios.log.type=CURRENT SERVICE STATE service.name=nagiosservice service.state=OK timestamp=1427925600",
        ),
        (
            "%{BACULA_LOG}",
            r#"09-Nov 18:51 bacula-host JobId 7: Ready to append to end of Volume "vol1" size=12"#,
            "bacula.job.id=7 bacula.volume.name=vol1 bacula.volume.size=12 host.hostname=bacula-host timestamp=09-Nov 18:51",
        ),
        (
            "%{ZEEK_DNS}",
            "1.5\tC1\t10.0.0.1\t53\t10.0.0.2\t54\tudp\t7\t0.5\texample.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tF\t0\t1.2.3.4\t9\tF",
            "destination.ip=10.0.0.2 destination.port=54 dns.id=7 dns.question.name=example.com dns.question.type=A \
             dns.response_code=NOERROR network.transport=udp source.ip=10.0.0.1 source.port=53 timestamp=1.5 zeek.dns.AA=F zeek.dns.RA=F \
             zeek.dns.RD=T zeek.dns.TC=F zeek.dns.TTLs=9 zeek.dns.Z=0 zeek.dns.answers=1.2.3.4 zeek.dns.qclass=1 \
             zeek.dns.qclass_name=C_INTERNET zeek.dns.qtype=1 zeek.dns.rcode=0 zeek.dns.rejected=F zeek.dns.rtt=0.5 zeek.session_id=C1",
        ),
        (
            "%{HAPROXYHTTP}",
            r#"Dec  9 13:01:26 localhost haproxy[28029]: 127.0.0.1:39759 [09/Dec/2013:12:59:46.633] loadbalancer default/instance8 0/51536/1/48082/99627 200 83285 - - ---- 87/87/87/1/0 0/67 {77.24.148.74} "GET /path/to/image HTTP/1.1""#,
            "haproxy.backend_name=default haproxy.backend_queue=67 haproxy.connection_wait_time_ms=1 haproxy.connections.active=87 \
             haproxy.connections.backend=87 haproxy.connections.frontend=87 haproxy.connections.retries=0 haproxy.connections.server=1 \
             haproxy.frontend_name=loadbalancer haproxy.http.request.captured_headers=77.24.148.74 haproxy.http.request.time_wait_ms=0 \
             haproxy.http.request.time_wait_without_data_ms=48082 haproxy.request_date=09/Dec/2013:12:59:46.633 haproxy.server_name=instance8 \
             haproxy.server_queue=0 haproxy.termination_state=---- haproxy.total_time_ms=99627 haproxy.total_waiting_time_ms=51536 \
             host.hostname=localhost http.request.method=GET http.response.status_code=200 http.version=1.1 process.name=haproxy \
             process.pid=28029 source.address=127.0.0.1 source.bytes=83285 source.port=39759 timestamp=Dec  9 13:01:26 \
             url.original=/path/to/image url.path=/path/to/image",
        ),
    ]);
}

#[test]
fn several_patterns_and_values_are_tried_in_order() {
    let text = Value::text("123 This is a test");
    assert_eq!(found(&["%{UUID:d}", "%{WORD:x}"], &text), "x=123");
    assert_eq!(found(&["%{WORD:x}", "%{INT:y:int}"], &text), "x=123");
    assert_eq!(found(&["test(?<a>.?)", "(?<b>123)"], &text), "a=");
    assert_eq!(found(&["%{INT:x}", "%{INT:x:int}"], &text), "0: the column `x` is both keyword and integer");
    let list = Value::list(["b 2", "-", "a 1"].map(Value::text));
    assert_eq!(found(&["%{WORD:w} %{INT:n:int}"], &list), "n=[2,1] w=[b,a]");
    assert_eq!(found(&["%{WORD:w}"], &Value::Null), "-");
    assert_eq!(found(&["%{WORD:w}"], &Value::Bool(true)), "-");
    assert_eq!(found(&[], &text), "0: there is no pattern");
    let error = Grok::parse(&["%{WORD:a}", "x%{WORT:b}"]).unwrap_err();
    assert_eq!((error.pattern(), error.at(), error.unknown_name()), (1, 1, Some("WORT")));
    assert_eq!(error.message(), "there is no pattern `WORT`");
}

#[test]
fn wrong_patterns_are_refused() {
    check(&[
        ("a%{_invalid_:x}", "", "1: there is no pattern `_invalid_`"),
        ("%{haproxy_queues}", "", "0: there is no pattern `haproxy_queues`"),
        ("%{WORD:a", "", "0: a pattern is not closed"),
        ("%{}", "", "0: a pattern has no name"),
        ("%{WORD:}", "", "0: `` is no name of a column"),
        ("%{WORD:a b}", "", "0: `a b` is no name of a column"),
        ("%{WORD:a:integer}", "", "0: `integer` is no type"),
        ("%{WORD:a:int:x}", "", "0: `int:x` is no type"),
        ("%{A=b}", "", "0: patterns cannot be defined here"),
        ("%{INT:a:int} %{WORD:a}", "", "13: the column `a` is both integer and keyword"),
        ("[%{INT}]", "", "1: a pattern stands inside a class of characters"),
        ("(?P<a>.+)", "", "0: a group of this kind is not supported"),
        ("(?~a)", "", "0: a group of this kind is not supported"),
        ("(?(1)a)", "", "0: a group of this kind is not supported"),
        ("(?q)", "", "0: a flag is unknown"),
        ("(?<>a)", "", "2: a group has no name"),
        ("(?<a:b>a)", "", "2: a group has no name"),
        ("(a", "", "0: a group is not closed"),
        ("a)", "", "1: a `)` closes no group"),
        ("[a", "", "0: a class of characters is not closed"),
        ("[]", "", "1: a class of characters is empty"),
        ("[z-a]", "", "1: the range `z-a` is empty"),
        ("[[:abc:]]", "", "2: `[:abc:]` is no class of characters"),
        ("*a", "", "0: nothing stands before `*`"),
        ("a|+", "", "2: nothing stands before `+`"),
        ("a*****", "", "4: too many quantifiers stand behind each other"),
        ("a{3,2}", "", "1: `{3,2}` counts down"),
        ("a{100001}", "", "1: a count is too large"),
        ("a\\", "", "2: the expression ends in a backslash"),
        (r"(a)\1", "", r"4: `\1` counts groups, which named groups do not allow"),
        (r"\k<a>", "", "1: no group `a` stands before"),
        (r"\g<a>", "", "1: calls of groups are not supported"),
        (r"a\K", "", r"2: `\K` is not supported"),
        (r"\xzz", "", "1: an escape names no character"),
        (r"\p{Nothing}", "", "0: the expression cannot be used: unicode property not found"),
    ]);
}

#[test]
fn hostile_patterns_and_texts_end_soon() {
    for hostile in [
        "%{WORD:x}".repeat(100_000),
        "%{".repeat(100_000),
        "%{WORD:x".repeat(100_000),
        "(".repeat(100_000),
        "[".repeat(100_000),
        "(?i)".repeat(100_000),
        "(?<a>".repeat(100_000),
        "a{".repeat(100_000) + &"}".repeat(100_000),
        "a{1000}{1000}{1000}".to_owned(),
        "(?:(?:(?:a{100}){100}){100}){100}".to_owned(),
        "(?:(?=a)a{100}){100000}".to_owned(),
        "(?<=a{1,100000})b".to_owned(),
        "%{NAGIOSLOGLINE}".repeat(1_000),
        "\\".repeat(99_999),
    ] {
        let _ = Grok::parse(&[&hostile]);
    }
    // exponential, but for the limit
    let text = Value::text("a".repeat(5_000));
    assert_eq!(found(&["(?<x>(a*)*(?=b))"], &text), "- (1 warnings)");
    let many = Value::list((0..1_000).map(|n| Value::text(format!("{}{n}", "a".repeat(3_000)))));
    assert_eq!(found(&["(?<x>(a*)*(?=b))"], &many), "- (1000 warnings)");
    // the square of the length, without a step back
    let text = Value::text("a".repeat(20_000));
    assert_eq!(found(&["(?<x>(?=a*b)a)"], &text), "- (1 warnings)");
    assert_eq!(found(&["(?<x>(?=a*b)a)"], &Value::list(vec![text; 100])), "- (100 warnings)");
    // linear
    let text = Value::text("a".repeat(1_000_000));
    assert_eq!(found(&["(a*)*(?<x>b)"], &text), "-");
    assert_eq!(found(&["%{WORD:x}$"], &text).len(), 1_000_002);
    let many = Value::list((0..100_000).map(|n| Value::text(format!("{n} x"))));
    let values = Grok::parse(&["%{INT:n:int} %{WORD:w}"]).unwrap().apply(&many, &mut Warnings::default());
    assert!(values.iter().all(|value| value.values().len() == 100_000));
}

#[test]
fn patterns_are_shared_between_threads() {
    fn is_shared<T: Clone + std::fmt::Debug + Send + Sync>() {}
    is_shared::<Grok>();
    is_shared::<crate::table::dissect::Dissect>();
}

/// Pieces of patterns, so that many of the texts made of them are patterns.
const PIECES: &[&str] = &[
    "%{WORD:a}",
    "%{INT:b:int}",
    "%{IP}",
    "%{DATA:a}",
    "%{NOPE}",
    "%{",
    "}",
    "(",
    "(?:",
    "(?<a>",
    "(?i)",
    "(?im-x)",
    "(?x:",
    "(?=",
    "(?<!",
    "(?>",
    "(?#",
    ")",
    "|",
    "*",
    "+",
    "?",
    "{2}",
    "{1,3}",
    "{,2}",
    "[",
    "[^",
    "]",
    "-",
    "&&",
    "[:alpha:]",
    "\\",
    "\\w",
    "\\h",
    "\\p{L}",
    "\\k<a>",
    "\\x41",
    "^",
    "$",
    "\\b",
    "\\Z",
    ".",
    "a",
    "é",
    " ",
    "#",
    "\n",
    "1",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_pattern_ends(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12), text in "[a-cA-C1-3 .é\n]{0,30}") {
        let pattern = pieces.concat();
        match Grok::parse(&[&pattern]) {
            Ok(grok) => prop_assert_eq!(grok.apply(&Value::text(text), &mut Warnings::default()).len(), grok.names().len()),
            Err(error) => {
                prop_assert!(pattern.is_char_boundary(error.at()), "{:?}: {}", pattern, error);
                prop_assert!(!error.message().contains('\n'), "{:?}: {}", pattern, error);
                // what is translated compiles, but for look-behind of any length and groups of nothing that are repeated
                let known = pattern.contains("(?<!") || error.message().contains("repeat operator");
                prop_assert!(known || !error.message().starts_with("the expression cannot"), "{:?}: {}", pattern, error);
            }
        }
    }
}
