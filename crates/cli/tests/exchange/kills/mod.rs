//! `huoshui serve` killed while a crowd writes through it: what was answered is there, what was cut off is done once when it is
//! asked again under its key, and the journal is sound. Alone on SQLite, and as one of three on PostgreSQL, where the others
//! keep answering.

mod after;
mod crowd;

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::huoshui;
use crate::next;
use crate::world::{Process, World};
use after::Tally;
use crowd::{Cast, Client, Crowd, Done};

/// Answers that are asked after a kill from those that stay.
const ON: usize = 150;

/// How far a round goes, drawn from the seed: so many answers, then so many thousandths of a second into the next ones.
fn moment(state: &mut u64) -> (usize, Duration) {
    (80 + next(state) % 160, Duration::from_millis(u64::try_from(next(state) % 25).unwrap()))
}

/// One crowd's work until a server is killed: the one that the seed draws.
fn round(cast: &Cast, servers: &mut [Option<Process>], number: usize, state: &mut u64) -> (Vec<Vec<Done>>, Vec<usize>) {
    let (answers, pause) = moment(state);
    let doomed = next(state) % servers.len();
    let addresses = servers.iter().map(|s| s.as_ref().unwrap().address).collect();
    let crowd = Crowd::new(addresses, number);
    let found = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..crowd::CLIENTS)
            .map(|n| {
                let crowd = &crowd;
                scope.spawn(move || Client::new(cast, crowd, n).run())
            })
            .collect();
        let reach = |counted: &dyn Fn() -> usize, many: usize| {
            while counted() < many && !crowd.failed() {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        reach(&|| crowd.answered(), answers);
        std::thread::sleep(pause);
        crowd.doom(doomed);
        servers[doomed].take().unwrap().kill();
        if servers.len() > 1 {
            let others: Vec<usize> = (0..servers.len()).filter(|n| *n != doomed).collect();
            // Each of those that stay goes on: had one stopped, this would not end.
            reach(&|| others.iter().map(|n| crowd.since(*n)).min().unwrap(), ON / others.len());
        }
        crowd.over.store(true, Ordering::SeqCst);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let since = (0..servers.len()).filter(|n| *n != doomed).map(|n| crowd.since(n)).collect();
    (found, since)
}

fn serve(world: &World, number: usize, place: usize) -> Process {
    Process::serve(world, &format!("server-{place}-{number}"))
}

fn verify(world: &World) {
    let data = world.data();
    let mut args = vec!["verify", "--data", data.to_str().unwrap()];
    args.extend(world.database.iter().flat_map(|url| ["--database", url.as_str()]));
    huoshui(&args).ok();
}

#[test]
fn a_server_killed_again_and_again_under_a_crowd_keeps_what_it_answered_and_does_the_rest_once() {
    const ROUNDS: usize = 6;
    let world = World::new(None);
    let mut servers = [Some(serve(&world, 0, 0))];
    let cast = Cast::new(&world, servers[0].as_ref().unwrap().address);
    let (mut state, mut all) = (0x5EED_0001_u64, Tally::default());
    for number in 1..=ROUNDS {
        let (done, _) = round(&cast, &mut servers, number, &mut state);
        // Nobody writes: what lies on the disk is what the kill left.
        verify(&world);
        servers[0] = Some(serve(&world, number, 0));
        let tally = after::settle(&world, &cast, servers[0].as_ref().unwrap().address, &done);
        assert!(tally.cut > 0, "round {number}: nothing was cut off, so nothing was tried: {tally:?}");
        println!("round {number}: {tally:?}");
        all.add(&tally);
    }
    assert!(all.cut >= 3 * ROUNDS, "{all:?}");
    assert!(servers[0].take().unwrap().stop());
    verify(&world);
    println!("{ROUNDS} rounds: {all:?}");
}

#[test]
fn one_of_three_servers_killed_over_one_database_loses_nothing_and_the_others_answer_on() {
    const ROUNDS: usize = 3;
    let postgres = huoshui_testkit::Postgres::start().expect("PostgreSQL's programs are installed");
    let world = World::new(Some(&postgres.fresh_database().unwrap()));
    let mut servers: Vec<Option<Process>> = (0..3).map(|place| Some(serve(&world, 0, place))).collect();
    let cast = Cast::new(&world, servers[0].as_ref().unwrap().address);
    let (mut state, mut all) = (0x5EED_0002_u64, Tally::default());
    for number in 1..=ROUNDS {
        let (done, since) = round(&cast, &mut servers, number, &mut state);
        assert!(since.iter().all(|n| *n >= ON / 2), "the others stopped answering: {since:?}");
        // Asked of one that stayed, and of the one that came back.
        let stayed = servers.iter().flatten().next().unwrap().address;
        let tally = after::settle(&world, &cast, stayed, &done);
        assert!(tally.cut > 0, "round {number}: nothing was cut off, so nothing was tried: {tally:?}");
        println!("round {number}: {tally:?}, afterwards the others answered {since:?}");
        all.add(&tally);
        for (place, server) in servers.iter_mut().enumerate() {
            if server.is_none() {
                *server = Some(serve(&world, number, place));
                after::settle(&world, &cast, server.as_ref().unwrap().address, &done);
            }
        }
    }
    assert!(all.cut >= ROUNDS, "{all:?}");
    assert!(servers.into_iter().flatten().all(Process::stop));
    verify(&world);
    println!("{ROUNDS} rounds: {all:?}");
}
