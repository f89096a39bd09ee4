//! Services: mail, names, databases, backups, Java, Ruby.

use super::Entries;
use super::Form::Expression as E;

pub(super) const ENTRIES: Entries = &[
    // BIND
    ("BIND9_TIMESTAMP", E("%{MONTHDAY}-%{MONTH}-%{YEAR} %{TIME}")),
    (
        "BIND9_DNSTYPE",
        E(concat!(
            "(?:A|AAAA|CAA|CDNSKEY|CDS|CERT|CNAME|CSYNC|DLV|DNAME|DNSKEY|DS|HINFO|LOC|MX|NAPTR|NS|NSEC|NSEC3|OPENPGPKEY|PTR|RRSIG|RP|SIG",
            "|SMIMEA|SOA|SRV|TSIG|TXT|URI)"
        )),
    ),
    ("BIND9_CATEGORY", E("(?:queries)")),
    (
        "BIND9_QUERYLOGBASE",
        E(concat!(
            r"client(?::? @0x\h+)? %{IP:client.ip}#%{POSINT:client.port:int} \(%{GREEDYDATA:bind.log.question.name}\): ",
            "query: %{GREEDYDATA:dns.question.name} (?<dns.question.class>IN) %{BIND9_DNSTYPE:dns.question.type}",
            r"(?::? %{DATA:bind.log.question.flags})? \(%{IP:server.ip}\)"
        )),
    ),
    (
        "BIND9_QUERYLOG",
        E(
            "%{BIND9_TIMESTAMP:timestamp} %{BIND9_CATEGORY:bind.log.category}: %{LOGLEVEL:log.level}: %{BIND9_QUERYLOGBASE}",
        ),
    ),
    ("BIND9", E("%{BIND9_QUERYLOG}")),
    // Exim
    ("EXIM_MSGID", E("[0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}")),
    ("EXIM_FLAGS", E(r"(?:<=|=>|->|\*>|\*\*|==|<>|>>)")),
    ("EXIM_DATE", E("(?::?%{YEAR}-%{MONTHNUM}-%{MONTHDAY} %{TIME})")),
    ("EXIM_PID", E(r"\[%{POSINT:process.pid:int}\]")),
    ("EXIM_QT", E(r"(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?")),
    (
        "EXIM_EXCLUDE_TERMS",
        E(concat!(
            "(?:Message is frozen|(?:Start|End) queue run| Warning: | retry time not reached ",
            "| no (?:IP address|host name) found for (?:IP address|host) | unexpected disconnection while reading SMTP command ",
            "| no immediate delivery: |another process is handling this message)"
        )),
    ),
    (
        "EXIM_REMOTE_HOST",
        E(concat!(
            r"H=(?:%{NOTSPACE:source.address} )?(?:\(%{NOTSPACE:exim.log.remote_address}\) )?",
            r"\[%{IP:source.ip}\](?::%{POSINT:source.port:int})?"
        )),
    ),
    ("EXIM_INTERFACE", E(r"I=\[%{IP:destination.ip}\]:%{NUMBER:destination.port:int}")),
    ("EXIM_PROTOCOL", E("P=%{NOTSPACE:network.protocol}")),
    ("EXIM_MSG_SIZE", E("S=%{NUMBER:exim.log.message.size:int}")),
    ("EXIM_HEADER_ID", E("id=%{NOTSPACE:exim.log.header_id}")),
    ("EXIM_QUOTED_CONTENT", E(r#"(?:\\.|[^"\\])*"#)),
    ("EXIM_SUBJECT", E(r#"T="%{EXIM_QUOTED_CONTENT:exim.log.message.subject}""#)),
    ("EXIM_UNKNOWN_FIELD", E("[A-Za-z0-9]{1,4}=(?:%{QUOTEDSTRING}|%{NOTSPACE})")),
    (
        "EXIM_NAMED_FIELDS",
        E(concat!(
            "(?: (?:%{EXIM_REMOTE_HOST}|%{EXIM_INTERFACE}|%{EXIM_PROTOCOL}|%{EXIM_MSG_SIZE}|%{EXIM_HEADER_ID}|%{EXIM_SUBJECT}",
            "|%{EXIM_UNKNOWN_FIELD}))*"
        )),
    ),
    (
        "EXIM_MESSAGE_ARRIVAL",
        E(concat!(
            "%{EXIM_DATE:timestamp} (?:%{EXIM_PID} )?%{EXIM_MSGID:exim.log.message.id} (?<exim.log.flags><=) ",
            "(?<exim.log.status>[a-z:] )?%{EMAILADDRESS:exim.log.sender.email}%{EXIM_NAMED_FIELDS}",
            "(?:(?: from <?%{DATA:exim.log.sender.original}>?)? for %{EMAILADDRESS:exim.log.recipient.email})?"
        )),
    ),
    ("EXIM", E("%{EXIM_MESSAGE_ARRIVAL}")),
    // MongoDB
    ("MONGO_LOG", E(r"%{SYSLOGTIMESTAMP:timestamp} \[%{WORD:mongodb.component}\] %{GREEDYDATA:message}")),
    ("MONGO_QUERY", E(r"\{ (?<=\{ ).*(?= \} ntoreturn:) \}")),
    ("MONGO_WORDDASH", E(r"\b[\w-]+\b")),
    (
        "MONGO_SLOWQUERY",
        E(concat!(
            r"%{WORD:mongodb.profile.op} %{MONGO_WORDDASH:mongodb.database}\.%{MONGO_WORDDASH:mongodb.collection} ",
            "%{WORD}: %{MONGO_QUERY:mongodb.query.original} ntoreturn:%{NONNEGINT:mongodb.profile.ntoreturn:int} ",
            "ntoskip:%{NONNEGINT:mongodb.profile.ntoskip:int} nscanned:%{NONNEGINT:mongodb.profile.nscanned:int}",
            ".*? nreturned:%{NONNEGINT:mongodb.profile.nreturned:int}.*? %{INT:mongodb.profile.duration:int}ms"
        )),
    ),
    ("MONGO3_SEVERITY", E(r"\w")),
    ("MONGO3_COMPONENT", E("%{WORD}")),
    (
        "MONGO3_LOG",
        E(concat!(
            "%{TIMESTAMP_ISO8601:timestamp} %{MONGO3_SEVERITY:log.level} %?{MONGO3_COMPONENT:mongodb.component}%{SPACE}",
            r"(?:\[%{DATA:mongodb.context}\])? %{GREEDYDATA:message}"
        )),
    ),
    // PostgreSQL and Redis
    (
        "POSTGRESQL",
        E(
            "%{DATESTAMP:timestamp} %{TZ:event.timezone} %{DATA:user.name} %{GREEDYDATA:postgresql.log.connection_id} %{POSINT:process.pid:int}",
        ),
    ),
    ("REDISTIMESTAMP", E("%{MONTHDAY} %{MONTH} %{TIME}")),
    ("REDISLOG", E(r"\[%{POSINT:process.pid:int}\] %{REDISTIMESTAMP:timestamp} \*")),
    (
        "REDISMONLOG",
        E(concat!(
            r"%{NUMBER:timestamp} \[%{INT:redis.database.id} %{IP:client.ip}:%{POSINT:client.port:int}\] ",
            r#""%{WORD:redis.command.name}"\s?%{GREEDYDATA:redis.command.args}"#
        )),
    ),
    // MCollective
    (
        "MCOLLECTIVE",
        E(r"., \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:process.pid:int}\]%{SPACE}%{LOGLEVEL:log.level}"),
    ),
    ("MCOLLECTIVEAUDIT", E("%{TIMESTAMP_ISO8601:timestamp}:")),
    // Java
    ("JAVACLASS", E(r"(?:[a-zA-Z$_][a-zA-Z$_0-9]*\.)*[a-zA-Z$_][a-zA-Z$_0-9]*")),
    ("JAVAFILE", E("[a-zA-Z$_0-9. -]+")),
    ("JAVAMETHOD", E("(?:<(?:cl)?init>|[a-zA-Z$_][a-zA-Z$_0-9]*)")),
    (
        "JAVASTACKTRACEPART",
        E(concat!(
            r"%{SPACE}at %{JAVACLASS:java.log.origin.class.name}\.%{JAVAMETHOD:log.origin.function}",
            r"\(%{JAVAFILE:log.origin.file.name}(?::%{INT:log.origin.file.line:int})?\)"
        )),
    ),
    ("JAVATHREAD", E(r"[A-Z]{2}-Processor\d+")),
    ("JAVALOGMESSAGE", E(".*")),
    // Maven
    ("MAVEN_VERSION", E(r"(?:(\d+)\.)?(?:(\d+)\.)?(\*|\d+)(?:[.-](RELEASE|SNAPSHOT))?")),
    // Tomcat
    ("CATALINA7_DATESTAMP", E("%{MONTH} %{MONTHDAY}, %{YEAR} %{HOUR}:%{MINUTE}:%{SECOND} (?:AM|PM)")),
    (
        "CATALINA7_LOG",
        E(concat!(
            "%{CATALINA7_DATESTAMP:timestamp} %{JAVACLASS:java.log.origin.class.name}(?: %{JAVAMETHOD:log.origin.function})?",
            r"\s*(?:%{LOGLEVEL:log.level}:)? %{JAVALOGMESSAGE:message}"
        )),
    ),
    ("CATALINA8_DATESTAMP", E("%{MONTHDAY}-%{MONTH}-%{YEAR} %{HOUR}:%{MINUTE}:%{SECOND}")),
    (
        "CATALINA8_LOG",
        E(concat!(
            r"%{CATALINA8_DATESTAMP:timestamp} %{LOGLEVEL:log.level} \[%{DATA:java.log.origin.thread.name}\] ",
            r"%{JAVACLASS:java.log.origin.class.name}\.(?:%{JAVAMETHOD:log.origin.function})? %{JAVALOGMESSAGE:message}"
        )),
    ),
    ("CATALINA_DATESTAMP", E("%{CATALINA8_DATESTAMP}|%{CATALINA7_DATESTAMP}")),
    ("CATALINALOG", E("%{CATALINA8_LOG}|%{CATALINA7_LOG}")),
    ("TOMCAT7_LOG", E("%{CATALINA7_LOG}")),
    ("TOMCAT8_LOG", E("%{CATALINA8_LOG}")),
    (
        "TOMCATLEGACY_DATESTAMP",
        E("%{YEAR}-%{MONTHNUM}-%{MONTHDAY} %{HOUR}:%{MINUTE}:%{SECOND}(?: %{ISO8601_TIMEZONE})?"),
    ),
    (
        "TOMCATLEGACY_LOG",
        E(
            r"%{TOMCATLEGACY_DATESTAMP:timestamp} \| %{LOGLEVEL:log.level} \| %{JAVACLASS:java.log.origin.class.name} - %{JAVALOGMESSAGE:message}",
        ),
    ),
    ("TOMCAT_DATESTAMP", E("%{CATALINA8_DATESTAMP}|%{CATALINA7_DATESTAMP}|%{TOMCATLEGACY_DATESTAMP}")),
    ("TOMCATLOG", E("%{TOMCAT8_LOG}|%{TOMCAT7_LOG}|%{TOMCATLEGACY_LOG}")),
    // Ruby and Rails
    ("RUBY_LOGLEVEL", E("(?:DEBUG|FATAL|ERROR|WARN|INFO)")),
    (
        "RUBY_LOGGER",
        E(concat!(
            r"[DFEWI], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:process.pid:int}\] *%{RUBY_LOGLEVEL:log.level} ",
            "-- +%{DATA:process.name}: %{GREEDYDATA:message}"
        )),
    ),
    ("RUUID", E(r"\h{32}")),
    ("RCONTROLLER", E(r"(?<rails.controller.class>[^#]+)#(?<rails.controller.action>\w+)")),
    (
        "RAILS3HEAD",
        E(concat!(
            r#"(?m)Started %{WORD:http.request.method} "%{URIPATHPARAM:url.original}" for %{IPORHOST:source.address} "#,
            "at (?<timestamp>%{YEAR}-%{MONTHNUM}-%{MONTHDAY} %{HOUR}:%{MINUTE}:%{SECOND} %{ISO8601_TIMEZONE})"
        )),
    ),
    (
        "RPROCESSING",
        E(concat!(
            r"\W*Processing by %{RCONTROLLER} as (?<rails.request.format>\S+)",
            r"(?:\W*Parameters: \{%{DATA:rails.request.params}\}\W*)?"
        )),
    ),
    (
        "RAILS3PROFILE",
        E(concat!(
            r"(?:\(Views: %{NUMBER:rails.request.duration.view:float}ms \| ActiveRecord: ",
            r"%{NUMBER:rails.request.duration.active_record:float}ms|\(ActiveRecord: %{NUMBER:rails.request.duration.active_record:float}ms)?"
        )),
    ),
    (
        "RAILS3FOOT",
        E(concat!(
            "Completed %{POSINT:http.response.status_code:int}%{DATA} in ",
            "%{NUMBER:rails.request.duration.total:float}ms %{RAILS3PROFILE}%{GREEDYDATA}"
        )),
    ),
    (
        "RAILS3",
        E(r"%{RAILS3HEAD}(?:%{RPROCESSING})?(?<rails.request.explain.original>(?:%{DATA}\n)*)(?:%{RAILS3FOOT})?"),
    ),
];
