//! Look-ups are counted for a person and for the institution, and each of the two binds.

use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::quotas::Quotas;
use huoshui_exchange::purpose::RecipientKind;

use super::*;

const QUOTAS: Quotas = Quotas { person: 6, party: 7 };

fn with_quotas(mut world: World) -> World {
    Arc::get_mut(&mut world.exchange).unwrap().quotas = QUOTAS;
    world
}

fn officer(bank: &str, name: &str) -> Actor {
    Actor::new(format!("{bank}-{name}"), Party::Institution(bank.into(), RecipientKind::Bank))
}

/// Whether a look-up passed; else why not.
fn look(world: &World, who: &Actor, key: &str) -> Result<(), &'static str> {
    world.exchange.look_up(who, key, "企业7", 5, None).map(|_| ()).map_err(|f| f.code())
}

#[test]
fn the_institutions_quota_binds_though_no_person_has_spent_theirs() {
    let world = with_quotas(World::new());
    let (wang, zhao) = (officer("B1", "wang"), officer("B1", "zhao"));
    for n in 0..4 {
        assert_eq!(look(&world, &wang, &format!("wang-{n:05}")), Ok(()));
    }
    for n in 0..3 {
        assert_eq!(look(&world, &zhao, &format!("zhao-{n:05}")), Ok(()));
    }
    // Four and three: neither has had six, the bank has had its seven.
    for (who, key) in [(&wang, "wang-late1"), (&zhao, "zhao-late1")] {
        assert_eq!(look(&world, who, key), Err("exchange.quota_spent"));
    }
    let refused = world.exchange.look_up(&zhao, "zhao-late2", "企业7", 5, None).unwrap_err();
    assert!(refused.message(huoshui_kernel::Lang::En).contains('7'), "{refused}");
    // A bulk look-up counts its rows; what is refused counts nothing; other banks have their own.
    let other = officer("B2", "qian");
    let rows = |n: u32| (0..n).map(|n| format!("{}\n", firm(n))).fold("uscc\n".to_owned(), |all, row| all + &row);
    let bulk = |key: &str, n| world.exchange.look_up_many(&other, key, rows(n).as_bytes());
    assert_eq!(bulk("bulk-0001", 7).unwrap_err().code(), "exchange.quota_spent", "a person has six");
    assert!(bulk("bulk-0002", 6).is_ok());
    assert_eq!(look(&world, &officer("B2", "sun"), "sun-00001"), Ok(()));
    assert_eq!(look(&world, &officer("B2", "sun"), "sun-00002"), Err("exchange.quota_spent"), "six and one");
    // A new day begins with all of it.
    world.clock.0.fetch_add(DAY, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(look(&world, &wang, "wang-next1"), Ok(()));
    sound(&world);
}

#[test]
fn two_persons_at_once_through_two_processes_take_no_more_than_the_institution_has() {
    let world = World::new();
    let processes = [with_quotas(world.sibling()), with_quotas(world.sibling())];
    let people = [officer("B1", "wang"), officer("B1", "zhao")];
    let found: Vec<(usize, Result<(), &str>)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..12)
            .map(|n| {
                let (process, who) = (&processes[n / 2 % 2], &people[n % 2]);
                scope.spawn(move || (n % 2, look(process, who, &format!("at-once-{n:03}"))))
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // Six of each at once: the persons' quotas would let all twelve through.
    assert_eq!(found.iter().filter(|(_, passed)| passed.is_ok()).count(), 7, "{found:?}");
    assert_eq!(found.iter().filter(|(_, passed)| *passed == Err("exchange.quota_spent")).count(), 5, "{found:?}");
    sound(&world);
}
