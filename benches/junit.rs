//! How fast JUnit is read, as ratios of one run: `cargo bench --bench junit`.
//!
//! Every contender runs in a process of its own, so that its peak memory is its own. The measure
//! is CPU time, the best of several rounds, over that of a bare quick-xml loop that only counts
//! `testcase` tags.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::Event;
use rustix::time::{ClockId, clock_gettime};
use tollgate::formats::junit::Reading;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The sizes: cases, and how often a process reads the file.
const SIZES: [(usize, u32); 3] = [(1_000, 500), (100_000, 10), (1_000_000, 1)];
const ROUNDS: usize = 5;
/// Other programs are measured in steps of 10 ms, which small files don't take.
const LEAST_FOR_TOOLS: usize = 100_000;
const TEST_OUTPUT: u64 = 1024 * 1024 * 1024;
const PYTHON_PARSER: &str = "import sys, junitparser\nprint(sum(len(s) for s in junitparser.JUnitXml.fromfile(sys.argv[1])))";

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["child", contender, times, file] => child(contender, times.parse()?, Path::new(file)),
        words if words.contains(&"--bench") => compare(),
        _ => {
            println!("run it by `cargo bench --bench junit`");
            Ok(())
        }
    }
}

/// What one process took.
#[derive(Clone, Copy)]
struct Cost {
    cases: u64,
    cpu: Duration,
    peak_kib: u64,
}

fn compare() -> Fallible<()> {
    println!("CPU time, peak memory, and CPU time over that of a bare quick-xml loop");
    for (cases, times) in SIZES {
        compare_at(cases, times)?;
    }
    let own = run_child("output", 1, Path::new("-"))?;
    println!("\none case that printed {} MiB", TEST_OUTPUT / 1024 / 1024);
    println!(
        "{:<28}{:>10}{:>10.1} MiB",
        "tollgate",
        milliseconds(own.cpu),
        mebibytes(own)
    );
    Ok(())
}

fn compare_at(cases: usize, times: u32) -> Fallible<()> {
    let file = generate(cases)?;
    let megabytes = fs::metadata(&file)?.len() as f64 / 1e6;
    println!("\n{cases} cases, {megabytes:.1} MB, read {times} times");
    let mut bare = run_child("loop", times, &file)?;
    let mut own = run_child("tollgate", times, &file)?;
    for _ in 1..ROUNDS {
        keep_best(&mut bare, run_child("loop", times, &file)?);
        keep_best(&mut own, run_child("tollgate", times, &file)?);
    }
    assert_eq!(bare.cases, own.cases, "both must count the same");
    let speed = megabytes * f64::from(times) / bare.cpu.as_secs_f64();
    print_cost(&format!("bare loop ({speed:.0} MB/s)"), bare, bare);
    print_cost("tollgate", own, bare);
    if cases < LEAST_FOR_TOOLS {
        println!(
            "{:<28} too few cases to measure a whole program",
            "other tools"
        );
        return Ok(());
    }
    let bare = Cost {
        cpu: bare.cpu / times,
        ..bare
    };
    let xmllint = ["--stream", "--noout"];
    print_tool("xmllint --stream", "xmllint", &xmllint, &file, bare)?;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let words = ["-c", PYTHON_PARSER];
    print_tool("python junitparser", &python, &words, &file, bare)
}

fn keep_best(best: &mut Cost, cost: Cost) {
    if cost.cpu < best.cpu {
        *best = cost;
    }
}

fn print_cost(name: &str, cost: Cost, bare: Cost) {
    let ratio = cost.cpu.as_secs_f64() / bare.cpu.as_secs_f64();
    let (cpu, memory) = (milliseconds(cost.cpu), mebibytes(cost));
    println!("{name:<28}{cpu:>10}{memory:>10.1} MiB{ratio:>10.2}");
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn mebibytes(cost: Cost) -> f64 {
    cost.peak_kib as f64 / 1024.0
}

fn print_tool(name: &str, program: &str, words: &[&str], file: &Path, bare: Cost) -> Fallible<()> {
    match run_tool(program, words, file)? {
        Some(cost) => print_cost(name, cost, bare),
        None => println!("{name:<28} not measured: {program} is missing or lacks what it needs"),
    }
    Ok(())
}

/// Runs a contender of this file in a process of its own.
fn run_child(contender: &str, times: u32, file: &Path) -> Fallible<Cost> {
    let output = Command::new(std::env::current_exe()?)
        .args(["child", contender, &times.to_string()])
        .arg(file)
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match numbers.as_slice() {
        [cases, nanoseconds, peak_kib] if output.status.success() => Ok(Cost {
            cases: *cases,
            cpu: Duration::from_nanos(*nanoseconds),
            peak_kib: *peak_kib,
        }),
        _ => Err(format!("the contender {contender} failed: {text}").into()),
    }
}

/// Runs another program once; `None` when it is missing or fails. Its CPU time comes in steps of
/// 10 ms, and its peak memory from looking at it all the time.
fn run_tool(program: &str, words: &[&str], file: &Path) -> Fallible<Option<Cost>> {
    let before = children_cpu()?;
    let started = Command::new(program)
        .args(words)
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut process) = started else {
        return Ok(None);
    };
    let status = format!("/proc/{}/status", process.id());
    let mut peak_kib = 0;
    let ended = loop {
        peak_kib = peak_kib.max(peak_memory(&status).unwrap_or(0));
        if let Some(ended) = process.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let cost = Cost {
        cases: 0,
        cpu: children_cpu()?.saturating_sub(before),
        peak_kib,
    };
    Ok(ended.success().then_some(cost))
}

/// The CPU time of the children that have ended: fields 16 and 17 of proc(5) `stat`, in ticks of
/// 10 ms.
fn children_cpu() -> Fallible<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(13).take(2);
    let ticks: u64 = ticks.map(str::parse::<u64>).sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

fn peak_memory(status: &str) -> Fallible<u64> {
    let status = fs::read_to_string(status)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmHWM")?.parse()?)
}

fn child(contender: &str, times: u32, file: &Path) -> Fallible<()> {
    let before = cpu_time();
    let mut cases = 0;
    for _ in 0..times {
        cases = match contender {
            "tollgate" => read_as_tollgate(File::open(file)?)?,
            "output" => read_as_tollgate(printed_much())?,
            _ => count_in_a_loop(file)?,
        };
    }
    let cpu = cpu_time().saturating_sub(before);
    let peak = peak_memory("/proc/self/status")?;
    println!("{cases} {} {peak}", cpu.as_nanos());
    Ok(())
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::from_secs(time.tv_sec.unsigned_abs())
        + Duration::from_nanos(time.tv_nsec.unsigned_abs())
}

fn read_as_tollgate(input: impl Read) -> Fallible<u64> {
    let mut reading = Reading::new();
    reading.read("report.xml", input)?;
    Ok(black_box(reading.finish()).tally.total)
}

fn count_in_a_loop(file: &Path) -> Fallible<u64> {
    let input = BufReader::with_capacity(64 * 1024, File::open(file)?);
    let mut reader = Reader::from_reader(input);
    let (mut buffer, mut cases) = (Vec::new(), 0);
    loop {
        match reader.read_event_into(&mut buffer)? {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "testcase" => {
                cases += 1
            }
            Event::Eof => return Ok(cases),
            _ => {}
        }
        buffer.clear();
    }
}

/// A report of one case with a gigabyte of output, made up while it is read.
fn printed_much() -> impl Read {
    let head: &[u8] = b"<testsuite><testcase name=\"a\"><system-out>";
    let tail: &[u8] = b"</system-out></testcase></testsuite>";
    head.chain(Lines.take(TEST_OUTPUT)).chain(tail)
}

struct Lines;

impl Read for Lines {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        target.fill(b'.');
        target.iter_mut().step_by(80).for_each(|byte| *byte = b'\n');
        Ok(target.len())
    }
}

/// A report of so many cases: 1 in 100 fails with a traceback, 1 in 50 is skipped, 1 in 20 has
/// printed something.
fn generate(cases: usize) -> Fallible<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("junit-{cases}.xml"));
    let mut out = BufWriter::new(File::create(&path)?);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
    writeln!(out, "<testsuites name=\"all tests\">")?;
    for start in (0..cases).step_by(1_000) {
        let failures = 10;
        writeln!(
            out,
            "<testsuite name=\"suite-{start}\" tests=\"1000\" failures=\"{failures}\" errors=\"0\" \
             skipped=\"20\" time=\"12.345\" timestamp=\"2026-01-01T00:00:00\" hostname=\"box\">"
        )?;
        for number in start..cases.min(start + 1_000) {
            write_case(&mut out, number)?;
        }
        writeln!(out, "</testsuite>")?;
    }
    writeln!(out, "</testsuites>")?;
    out.flush()?;
    Ok(path)
}

fn write_case(out: &mut impl Write, number: usize) -> io::Result<()> {
    write!(
        out,
        "  <testcase classname=\"tests.orders.test_module_{}.TestOrders\" \
         name=\"test_order_is_accepted[{number}]\" time=\"0.0{}\"",
        number / 100,
        number % 97
    )?;
    if number % 100 == 7 {
        writeln!(
            out,
            "><failure message=\"AssertionError: assert {number} == 0\">"
        )?;
        for line in 0..10 {
            writeln!(out, "    at frame {line} of the traceback &lt;module&gt;")?;
        }
        writeln!(
            out,
            "tests/orders/test_module.py:{line}: AssertionError</failure></testcase>",
            line = number + 1
        )
    } else if number % 50 == 3 {
        writeln!(
            out,
            "><skipped type=\"pytest.skip\" message=\"not on this machine\"/></testcase>"
        )
    } else if number % 20 == 5 {
        writeln!(
            out,
            "><system-out>{}</system-out></testcase>",
            "printed by the test\n".repeat(20)
        )
    } else {
        writeln!(out, "/>")
    }
}
