use std::time::Duration;
#[derive(Clone, Copy)]
struct Instant(u64);
impl Instant {
    fn now() -> Self {
        let t = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Instant(t.split(' ').next().unwrap().parse().unwrap())
    }
    fn elapsed(&self) -> Duration {
        Duration::from_nanos(Self::now().0 - self.0)
    }
}
use sigil_compiler::{Options, Pipelines, Verdict, compile, plan, source::Sources};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (lane, dirs) = args.split_first().unwrap();
    let ignore = std::env::var("IGNORE").is_ok();
    let t = Instant::now();
    let mut files = Vec::new();
    fn walk(p: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
        if p.is_dir() {
            for e in std::fs::read_dir(p).unwrap() {
                walk(&e.unwrap().path(), out);
            }
        } else if p.extension().is_some_and(|e| e == "yml") {
            out.push(p.into());
        }
    }
    for d in dirs {
        walk(d.as_ref(), &mut files);
    }
    files.sort();
    let mut sources = Sources::new();
    for f in &files {
        sources.add(f.to_string_lossy(), std::fs::read_to_string(f).unwrap());
    }
    println!("read {} files {:?}", files.len(), t.elapsed());
    let t = Instant::now();
    let mut o = Options::new("dev");
    if std::env::var("NOPIPE").is_ok() {
        o.pipelines = Pipelines::None;
    }
    let c = compile(&sources, &o);
    println!("compiled {:?}", t.elapsed());
    let mut counts = std::collections::BTreeMap::new();
    for x in &c.outcomes {
        *counts
            .entry(match &x.verdict {
                Verdict::Compiled => "compiled",
                Verdict::Unsupported(_) => "unsupported",
                Verdict::Rejected(_) => "rejected",
            })
            .or_insert(0) += 1;
        if !matches!(x.verdict, Verdict::Compiled) && counts.len() < 40 {
            println!("{} {:?}", x.path, x.verdict);
        }
    }
    println!("{counts:?} diags {}", c.diagnostics.len());
    let mut codes = std::collections::BTreeMap::new();
    for d in c.diagnostics.as_slice() {
        *codes.entry(d.code.as_str()).or_insert(0) += 1;
    }
    println!("{codes:?}");
    let t = Instant::now();
    let pack = plan::link::link(&c.plan);
    println!(
        "linked {:?} always {}",
        t.elapsed(),
        c.plan.rules.iter().filter(|r| r.triggers == plan::Triggers::Always).count()
    );
    if std::env::var("ALWAYS").is_ok() {
        for r in c.plan.rules.iter().filter(|r| r.triggers == plan::Triggers::Always) {
            println!("  {}", r.rule.meta.source);
        }
    }
    let t = Instant::now();
    let engine =
        sigil_runtime::Engine::with_options(&[pack], sigil_runtime::Options { ignore_logsource: ignore }).unwrap();
    println!("engine {:?}", t.elapsed());
    let data = std::fs::read(lane).unwrap();
    let lines: Vec<&[u8]> = data.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
    let mut s = engine.session();
    for rep in 0..4 {
        let t = Instant::now();
        let (mut alerts, mut bad) = (0u64, 0);
        for l in &lines {
            if s.process_json(l, |_| alerts += 1).is_err() {
                bad += 1;
            }
        }
        let e = t.elapsed();
        println!(
            "rep {rep}: {} events {alerts} alerts {bad} bad {:.0} ns/ev {:.0} ev/s",
            lines.len(),
            e.as_nanos() as f64 / lines.len() as f64,
            lines.len() as f64 / e.as_secs_f64()
        );
    }
    let t = Instant::now();
    for l in &lines {
        let _ = s.decode_only(l);
    }
    println!("decode {:.0} ns/ev", t.elapsed().as_nanos() as f64 / lines.len() as f64);
    {
        let t = Instant::now();
        let mut n = 0usize;
        for l in &lines {
            n += s.candidates(l).map_or(0, <[u32]>::len);
        }
        println!(
            "scan {:.0} ns/ev candidates {:.2}/ev",
            t.elapsed().as_nanos() as f64 / lines.len() as f64,
            n as f64 / lines.len() as f64
        );
        let names: Vec<String> = engine.rules().map(|r| r.source.to_string()).collect();
        let mut by: Vec<(usize, usize)> = (0..names.len()).map(|i| (0, i)).collect();
        for l in &lines {
            for c in s.candidates(l).unwrap_or(&[]) {
                by[*c as usize].0 += 1;
            }
        }
        by.sort_unstable();
        by.reverse();
        for (n, i) in by.iter().take(25) {
            println!("  {n} {}", names[*i].rsplit('/').next().unwrap());
        }
    }
    if let Ok(out) = std::env::var("OUT") {
        let mut w = String::new();
        for (i, l) in lines.iter().enumerate() {
            let _ = s.process_json(l, |a| {
                w += &format!("{i}\t{}\n", a.rule().id.as_deref().unwrap_or(""));
            });
        }
        std::fs::write(out, w).unwrap();
    }
}
