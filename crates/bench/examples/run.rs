//! Runs the benchmarks named on the command line.

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let small = names.iter().any(|name| name == "small");
    for bench in huoshui_bench::all().into_iter().filter(|bench| names.iter().any(|name| name == bench.name)) {
        match (bench.run)(small, &|text| eprintln!("{text}")) {
            Ok(rows) => rows.iter().for_each(|row| println!("{row:?}")),
            Err(fault) => println!("{fault}"),
        }
    }
}
