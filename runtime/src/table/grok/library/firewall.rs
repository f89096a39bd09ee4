//! Firewalls: `NetScreen`, Cisco ASA, iptables with Shorewall and `SuSE`, Juniper.

use super::Entries;
use super::Form::Expression as E;

pub(super) const ENTRIES: Entries = &[
    (
        "NETSCREENSESSIONLOG",
        E(concat!(
            "%{SYSLOGTIMESTAMP:timestamp} %{IPORHOST:observer.hostname} %{NOTSPACE:observer.name}: (?<observer.product>NetScreen) ",
            r"device_id=%{WORD:netscreen.device_id} .*?(?:system-\w+-%{NONNEGINT:event.code}\(%{WORD:netscreen.session.type}\))?: ",
            r#"start_time="%{DATA:netscreen.session.start_time}" duration=%{INT:netscreen.session.duration:int} "#,
            "policy_id=%{INT:netscreen.policy_id} service=%{DATA:netscreen.service} proto=%{INT:netscreen.protocol_number:int} ",
            "src zone=%{WORD:observer.ingress.zone} dst zone=%{WORD:observer.egress.zone} action=%{WORD:event.action} ",
            "sent=%{INT:source.bytes:int} rcvd=%{INT:destination.bytes:int} ",
            "src=%{IPORHOST:source.address} dst=%{IPORHOST:destination.address}",
            "(?: src_port=%{INT:source.port:int} dst_port=%{INT:destination.port:int})?",
            "(?: src-xlated ip=%{IP:source.nat.ip} port=%{INT:source.nat.port:int} ",
            "dst-xlated ip=%{IP:destination.nat.ip} port=%{INT:destination.nat.port:int})?",
            "(?: session_id=%{INT:netscreen.session.id} reason=%{GREEDYDATA:netscreen.session.reason})?"
        )),
    ),
    // Cisco ASA: what messages are made of
    (
        "CISCO_TAGGED_SYSLOG",
        E(
            "^<%{POSINT:log.syslog.priority:int}>%{CISCOTIMESTAMP:timestamp}(?: %{SYSLOGHOST:host.hostname})? ?: %%{CISCOTAG:cisco.asa.tag}:",
        ),
    ),
    ("CISCOTIMESTAMP", E("%{MONTH} +%{MONTHDAY}(?: %{YEAR})? %{TIME}")),
    ("CISCOTAG", E("[A-Z0-9]+-%{INT}-[A-Z0-9_]+")),
    (
        "CISCO_ACTION",
        E(
            "Built|Teardown|Deny|Denied|denied|requested|permitted|denied by ACL|discarded|est-allowed|Dropping|created|deleted",
        ),
    ),
    (
        "CISCO_REASON",
        E(concat!(
            "Duplicate TCP SYN|Failed to locate egress interface|Invalid transport field|No matching connection|DNS Response|DNS Query",
            r"|(?:%{WORD}\s*)*"
        )),
    ),
    ("CISCO_DIRECTION", E("[Ii]nbound|[Oo]utbound")),
    ("CISCO_INTERVAL", E("first hit|%{INT}-second interval")),
    ("CISCO_XLATE_TYPE", E("static|dynamic")),
    // iptables
    ("IPTABLES_TCP_FLAGS", E("(?:CWR |ECE |URG |ACK |PSH |RST |SYN |FIN )*")),
    (
        "IPTABLES_TCP_PART",
        E(concat!(
            r"(?:SEQ=%{INT:iptables.tcp.seq:int}\s+)?(?:ACK=%{INT:iptables.tcp.ack:int}\s+)?WINDOW=%{INT:iptables.tcp.window:int}\s+",
            r"RES=0x%{BASE16NUM:iptables.tcp_reserved_bits}\s+%{IPTABLES_TCP_FLAGS:iptables.tcp.flags}"
        )),
    ),
    ("IPTABLES4_FRAG", E("(?:(?<= )(?:CE|DF|MF))*")),
    (
        "IPTABLES4_PART",
        E(concat!(
            r"SRC=%{IPV4:source.ip}\s+DST=%{IPV4:destination.ip}\s+LEN=(?:%{INT:iptables.length:int})?\s+",
            r"TOS=(?:0|0x%{BASE16NUM:iptables.tos})?\s+PREC=(?:0x%{BASE16NUM:iptables.precedence_bits})?\s+",
            r"TTL=(?:%{INT:iptables.ttl:int})?\s+ID=(?:%{INT:iptables.id})?\s+(?:%{IPTABLES4_FRAG:iptables.fragment_flags})?",
            r"(?:\s+FRAG: %{INT:iptables.fragment_offset:int})?"
        )),
    ),
    (
        "IPTABLES6_PART",
        E(concat!(
            r"SRC=%{IPV6:source.ip}\s+DST=%{IPV6:destination.ip}\s+LEN=(?:%{INT:iptables.length:int})?\s+",
            r"TC=(?:0|0x%{BASE16NUM:iptables.tos})?\s+HOPLIMIT=(?:%{INT:iptables.ttl:int})?\s+FLOWLBL=(?:%{INT:iptables.flow_label})?"
        )),
    ),
    (
        "IPTABLES",
        E(concat!(
            r"IN=(?:%{NOTSPACE:observer.ingress.interface.name})?\s+OUT=(?:%{NOTSPACE:observer.egress.interface.name})?\s+",
            r"(?:MAC=(?:%{COMMONMAC:destination.mac})?(?::%{COMMONMAC:source.mac})?(?::\h{2}:\h{2})?\s+)?",
            r"(?::?%{IPTABLES4_PART}|%{IPTABLES6_PART}).*?PROTO=(?:%{WORD:network.transport})?\s+",
            r"SPT=(?:%{INT:source.port:int})?\s+DPT=(?:%{INT:destination.port:int})?\s+(?:%{IPTABLES_TCP_PART})?"
        )),
    ),
    (
        "SHOREWALL",
        E(concat!(
            "%{SYSLOGTIMESTAMP:timestamp} %{WORD:observer.hostname} ",
            ".*Shorewall:(?:%{WORD:shorewall.firewall.type})?:(?:%{WORD:shorewall.firewall.action})?.*%{IPTABLES}"
        )),
    ),
    ("SFW2_LOG_PREFIX", E("SFW2-INext-%{NOTSPACE:suse.firewall.action}")),
    (
        "SFW2",
        E(concat!(
            r"(?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp})\s*%{HOSTNAME:observer.hostname}",
            r".*?%{SFW2_LOG_PREFIX:suse.firewall.log_prefix}\s*%{IPTABLES}"
        )),
    ),
    // Juniper
    ("RT_FLOW_TAG", E("(?:RT_FLOW_SESSION_CREATE|RT_FLOW_SESSION_CLOSE|RT_FLOW_SESSION_DENY)")),
    ("RT_FLOW_EVENT", E("RT_FLOW_TAG")),
    (
        "rt_flow_nat",
        E(concat!(
            "%{IP:source.ip}/%{INT:source.port:int}->%{IP:destination.ip}/%{INT:destination.port:int} %{DATA:juniper.srx.service_name} ",
            "%{IP:source.nat.ip}/%{INT:source.nat.port:int}->%{IP:destination.nat.ip}/%{INT:destination.nat.port:int} ",
            "(?:None|%{DATA:juniper.srx.src_nat_rule_name}) (?:None|%{DATA:juniper.srx.dst_nat_rule_name}) ",
            "%{INT:network.iana_number} %{DATA:rule.name} %{DATA:observer.ingress.zone} %{DATA:observer.egress.zone} ",
            "%{INT:juniper.srx.session_id}"
        )),
    ),
    (
        "RT_FLOW1",
        E(concat!(
            "%{RT_FLOW_TAG:juniper.srx.tag}: %{GREEDYDATA:juniper.srx.reason}: %{rt_flow_nat} ",
            r"\d+\(%{INT:source.bytes:int}\) \d+\(%{INT:destination.bytes:int}\) %{INT:juniper.srx.elapsed_time:int} .*"
        )),
    ),
    ("RT_FLOW2", E("%{RT_FLOW_TAG:juniper.srx.tag}: session created %{rt_flow_nat} .*")),
    (
        "RT_FLOW3",
        E(concat!(
            "%{RT_FLOW_TAG:juniper.srx.tag}: session denied ",
            "%{IP:source.ip}/%{INT:source.port:int}->%{IP:destination.ip}/%{INT:destination.port:int} %{DATA:juniper.srx.service_name} ",
            r"%{INT:network.iana_number}\(\d\) %{DATA:rule.name} %{DATA:observer.ingress.zone} %{DATA:observer.egress.zone} .*"
        )),
    ),
];

/// Short words of [`CISCO`], and what they stand for.
const WORDS: &[(&str, &str)] = &[
    ("{action}", "%{CISCO_ACTION:cisco.asa.outcome}"),
    ("{direction}", "%{CISCO_DIRECTION:cisco.asa.network.direction}"),
    ("{transport}", "%{WORD:cisco.asa.network.transport}"),
    ("{type}", "%{WORD:cisco.asa.network.type}"),
    ("{reason}", "%{CISCO_REASON:event.reason}"),
    ("{from}", "%{IP:source.ip}/%{INT:source.port:int}"),
    ("{to}", "%{IP:destination.ip}/%{INT:destination.port:int}"),
    ("{from user}", r"(?:\(%{DATA:source.user.name}\))?"),
    ("{to user}", r"(?:\(%{DATA:destination.user.name}\))?"),
    ("{in}", "%{NOTSPACE:observer.ingress.interface.name}"),
    ("{out}", "%{NOTSPACE:observer.egress.interface.name}"),
    ("{in..}", "%{DATA:observer.ingress.interface.name}"),
    ("{out..}", "%{DATA:observer.egress.interface.name}"),
    ("{icmp}", "%{INT:cisco.asa.icmp_type:int}, code %{INT:cisco.asa.icmp_code:int}"),
    ("{unit}", r"\((?:Primary|Secondary)\)"),
    ("{interface}", "[Ii]nterface %{NOTSPACE:network.interface.name}"),
    ("{hashes}", r"\[%{DATA:@metadata.cisco.asa.hashcode1}, %{DATA:@metadata.cisco.asa.hashcode2}\]"),
    ("{spi}", r"\(SPI=\s?%{DATA:cisco.asa.ipsec.spi}"),
    ("{ipsec user}", r"\(user=\s?%{DATA:source.user.name}\)"),
];

/// Messages of Cisco ASA, by their numbers.
const CISCO: &[(&str, &str)] = &[
    (
        "CISCO_HITCOUNT_INTERVAL",
        "hit-cnt %{INT:cisco.asa.hit_count:int} (?:first hit|%{INT:cisco.asa.interval:int}-second interval)",
    ),
    ("CISCO_SRC_IP_USER", "{in}:%{IP:source.ip}{from user}"),
    ("CISCO_DST_IP_USER", "{out}:%{IP:destination.ip}{to user}"),
    (
        "CISCO_SRC_HOST_PORT_USER",
        "{in}:(?:%{IP:source.ip}|%{HOSTNAME:source.address})(?:/%{INT:source.port:int})?{from user}",
    ),
    (
        "CISCO_DST_HOST_PORT_USER",
        "{out}:(?:%{IP:destination.ip}|%{HOSTNAME:destination.address})(?:/%{INT:destination.port:int})?{to user}",
    ),
    ("CISCOFW104001", "{unit} Switching to ACTIVE - %{GREEDYDATA:event.reason}"),
    ("CISCOFW104002", "{unit} Switching to STANDBY - %{GREEDYDATA:event.reason}"),
    ("CISCOFW104003", r"{unit} Switching to FAILED\."),
    ("CISCOFW104004", r"{unit} Switching to OK\."),
    ("CISCOFW105003", "{unit} Monitoring on {interface} waiting"),
    ("CISCOFW105004", "{unit} Monitoring on {interface} normal"),
    ("CISCOFW105005", "{unit} Lost Failover communications with mate on {interface}"),
    ("CISCOFW105008", "{unit} Testing {interface}"),
    ("CISCOFW105009", "{unit} Testing on {interface} (?:Passed|Failed)"),
    (
        "CISCOFW106001",
        "{direction} {transport} connection {action} from {from} to {to} flags %{DATA:cisco.asa.tcp_flags} on interface {out}",
    ),
    (
        "CISCOFW106006_106007_106010",
        concat!(
            "{action} {direction} {transport} (?:from|src) {from}{from user} (?:to|dst) {to}{to user} ",
            "(?:on interface {out}|due to {reason})"
        ),
    ),
    (
        "CISCOFW106014",
        r"{action} {direction} {transport} src %{CISCO_SRC_IP_USER} dst %{CISCO_DST_IP_USER}\s?\(type {icmp}\)",
    ),
    (
        "CISCOFW106015",
        r"{action} {transport} \(%{DATA:cisco.asa.rule_name}\) from {from} to {to} flags %{DATA:cisco.asa.tcp_flags} on interface {out}",
    ),
    (
        "CISCOFW106021",
        "{action} {transport} reverse path check from %{IP:source.ip} to %{IP:destination.ip} on interface {out}",
    ),
    (
        "CISCOFW106023",
        concat!(
            "{action}(?: protocol)? {transport} src %{CISCO_SRC_HOST_PORT_USER} dst %{CISCO_DST_HOST_PORT_USER}",
            r#"(?: \(type {icmp}\))? by access-group "?%{DATA:cisco.asa.rule_name}"? {hashes}"#
        ),
    ),
    (
        "CISCOFW106100_2_3",
        concat!(
            "access-list %{NOTSPACE:cisco.asa.rule_name} {action} {transport} for user '%{DATA:user.name}' ",
            r"{in..}/%{IP:source.ip}\(%{INT:source.port:int}\) -> {out..}/%{IP:destination.ip}\(%{INT:destination.port:int}\) ",
            "%{CISCO_HITCOUNT_INTERVAL} {hashes}"
        ),
    ),
    (
        "CISCOFW106100",
        concat!(
            "access-list %{NOTSPACE:cisco.asa.rule_name} {action} {transport} ",
            r"{in..}/%{IP:source.ip}\(%{INT:source.port:int}\){from user} -> ",
            r"{out..}/%{IP:destination.ip}\(%{INT:destination.port:int}\){from user} ",
            "hit-cnt %{INT:cisco.asa.hit_count:int} %{CISCO_INTERVAL} {hashes}"
        ),
    ),
    ("CISCOFW304001", "%{IP:source.ip}{from user} Accessed URL %{IP:destination.ip}:%{GREEDYDATA:url.original}"),
    ("CISCOFW110002", "{reason} for {transport} from {in..}:{from} to {to}"),
    (
        "CISCOFW302010",
        "%{INT:cisco.asa.connections.in_use:int} in use, %{INT:cisco.asa.connections.most_used:int} most used",
    ),
    (
        "CISCOFW302013_302014_302015_302016",
        concat!(
            "{action}(?: {direction})? {transport} connection %{INT:cisco.asa.connection_id} for ",
            r"{in}:{from}(?: \(%{IP:source.nat.ip}/%{INT:source.nat.port:int}\))?{from user} to ",
            r"{out}:{to}(?: \(%{IP:destination.nat.ip}/%{INT:destination.nat.port:int}\))?{to user}",
            r"(?: duration %{TIME:cisco.asa.duration} bytes %{INT:network.bytes:int})?(?: {reason})?(?: \(%{DATA:user.name}\))?"
        ),
    ),
    (
        "CISCOFW302020_302021",
        concat!(
            "{action}(?: {direction})? {transport} connection for ",
            "faddr %{IP:destination.ip}/%{INT:cisco.asa.icmp_seq:int}{to user} gaddr %{IP:source.nat.ip}/%{INT:cisco.asa.icmp_type:int} ",
            r"laddr %{IP:source.ip}/%{INT}(?: \(%{DATA:source.user.name}\))?"
        ),
    ),
    (
        "CISCOFW305011",
        "{action} %{CISCO_XLATE_TYPE} {transport} translation from {in..}:%{IP:source.ip}(?:/%{INT:source.port:int})?{from user} to {out..}:{to}",
    ),
    (
        "CISCOFW313001_313004_313008",
        concat!(
            "{action} {transport} type=%{INT:cisco.asa.icmp_type:int}, code=%{INT:cisco.asa.icmp_code:int} ",
            "from %{IP:source.ip} on interface {out}(?: to %{IP:destination.ip})?"
        ),
    ),
    (
        "CISCOFW313005",
        concat!(
            r"{reason} for {transport} error message: %{WORD} src %{CISCO_SRC_IP_USER} dst %{CISCO_DST_IP_USER} \(type {icmp}\) ",
            r"on %{NOTSPACE} interface\.\s+Original IP payload: %{WORD:cisco.asa.original_ip_payload.network.transport} ",
            "src %{IP:cisco.asa.original_ip_payload.source.ip}/%{INT:cisco.asa.original_ip_payload.source.port:int}",
            r"(?:\(%{DATA:cisco.asa.original_ip_payload.source.user.name}\))? ",
            "dst %{IP:cisco.asa.original_ip_payload.destination.ip}/%{INT:cisco.asa.original_ip_payload.destination.port:int}",
            r"(?:\(%{DATA:cisco.asa.original_ip_payload.destination.user.name}\))?"
        ),
    ),
    (
        "CISCOFW321001",
        "Resource '%{DATA:cisco.asa.resource.name}' limit of %{POSINT:cisco.asa.resource.limit:int} reached for system",
    ),
    (
        "CISCOFW402117",
        r"{type}: Received a non-IPSec packet \(protocol=\s?{transport}\) from %{IP:source.ip} to %{IP:destination.ip}\.?",
    ),
    (
        "CISCOFW402119",
        concat!(
            r"{type}: Received an %{WORD:cisco.asa.ipsec.protocol} packet {spi}, sequence number=\s?%{DATA:cisco.asa.ipsec.seq_num}\) ",
            r"from %{IP:source.ip} {ipsec user} to %{IP:destination.ip} that failed anti-replay checking\.?"
        ),
    ),
    ("CISCOFW419001", "{action} {transport} packet from {in}:{from} to {out}:{to}, reason: %{GREEDYDATA:event.reason}"),
    ("CISCOFW419002", "{reason} from {in..}:{from} to {out..}:{to} with different initial sequence number"),
    ("CISCOFW500004", "{reason} for protocol={transport}, from {from} to {to}"),
    (
        "CISCOFW602303_602304",
        concat!(
            r"{type}: An {direction} %{DATA:cisco.asa.ipsec.tunnel_type} SA {spi}\) between %{IP:source.ip} and %{IP:destination.ip} ",
            "{ipsec user} has been {action}"
        ),
    ),
    (
        "CISCOFW710001_710002_710003_710005_710006",
        "{transport} (?:request|access) {action} from {from} to {out..}:{to}",
    ),
    (
        "CISCOFW713172",
        concat!(
            "Group = %{DATA:cisco.asa.source.group}, IP = %{IP:source.ip}, Automatic NAT Detection Status:",
            r"\s+Remote end\s*%{DATA:@metadata.cisco.asa.remote_nat}\s*behind a NAT device",
            r"\s+This\s+end\s*%{DATA:@metadata.cisco.asa.local_nat}\s*behind a NAT device"
        ),
    ),
    (
        "CISCOFW733100",
        concat!(
            r"\[\s*%{DATA:cisco.asa.burst.object}\s*\] drop %{DATA:cisco.asa.burst.id} exceeded. ",
            "Current burst rate is %{INT:cisco.asa.burst.current_rate:int} per second, ",
            "max configured rate is %{INT:cisco.asa.burst.configured_rate:int}; ",
            "Current average rate is %{INT:cisco.asa.burst.avg_rate:int} per second, ",
            "max configured rate is %{INT:cisco.asa.burst.configured_avg_rate:int}; ",
            "Cumulative total count is %{INT:cisco.asa.burst.cumulative_count:int}"
        ),
    ),
];

/// Messages of Cisco ASA, written out.
pub(super) fn cisco() -> impl Iterator<Item = (&'static str, String)> {
    CISCO.iter().map(|(name, text)| {
        (*name, WORDS.iter().fold((*text).to_owned(), |text, (word, expression)| text.replace(word, expression)))
    })
}
