//! How many searches a client may make: a sliding window per address, in memory, of bounded size.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Length of the window.
const WINDOW: Duration = Duration::from_secs(600);
/// Clients remembered at most: about 1 MB.
const CLIENTS: usize = 10_000;

/// Counts searches by client. Kept per replica: the limit is a brake, not an account.
#[derive(Debug)]
pub(crate) struct Throttle {
    allowed: usize,
    clients: Mutex<HashMap<IpAddr, VecDeque<Instant>>>,
}

impl Throttle {
    /// At most `allowed` in [`WINDOW`].
    pub fn new(allowed: u32) -> Self {
        Self { allowed: usize::try_from(allowed).unwrap_or(usize::MAX).max(1), clients: Mutex::default() }
    }

    /// Counts one search, or says how many seconds to wait for the next.
    pub fn take(&self, client: IpAddr, now: Instant) -> Result<(), u64> {
        let client = network(client);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= CLIENTS && !clients.contains_key(&client) {
            make_room(&mut clients, now);
        }
        let past = clients.entry(client).or_default();
        while past.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            past.pop_front();
        }
        match past.front() {
            Some(oldest) if past.len() >= self.allowed => {
                Err((WINDOW - now.duration_since(*oldest)).as_secs().max(1))
            }
            _ => {
                past.push_back(now);
                Ok(())
            }
        }
    }
}

/// Forgets the clients that have been quiet for a window, or else the quietest.
fn make_room(clients: &mut HashMap<IpAddr, VecDeque<Instant>>, now: Instant) {
    clients.retain(|_, past| past.back().is_some_and(|at| now.duration_since(*at) < WINDOW));
    if clients.len() >= CLIENTS
        && let Some(quietest) = clients.iter().min_by_key(|(_, past)| past.back().copied()).map(|(ip, _)| *ip)
    {
        clients.remove(&quietest);
    }
}

/// A client of IPv6 has a whole /64 to choose addresses from.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn refuses_the_eleventh_and_forgets_after_the_window() {
        let (throttle, start) = (Throttle::new(10), Instant::now());
        for second in 0..10 {
            assert_eq!(throttle.take(ip("192.0.2.1"), start + Duration::from_secs(second)), Ok(()));
        }
        assert_eq!(throttle.take(ip("192.0.2.1"), start + Duration::from_secs(60)), Err(540));
        assert_eq!(throttle.take(ip("192.0.2.2"), start + Duration::from_secs(60)), Ok(()));
        // The first of the ten has left the window, the second not yet.
        assert_eq!(throttle.take(ip("192.0.2.1"), start + WINDOW), Ok(()));
        assert_eq!(throttle.take(ip("192.0.2.1"), start + WINDOW), Err(1));
    }

    #[test]
    fn an_ipv6_network_and_a_mapped_address_are_one_client() {
        let (throttle, now) = (Throttle::new(1), Instant::now());
        assert_eq!(throttle.take(ip("2001:db8::1"), now), Ok(()));
        assert!(throttle.take(ip("2001:db8::ffff"), now).is_err());
        assert_eq!(throttle.take(ip("2001:db8:0:1::1"), now), Ok(()));
        assert_eq!(throttle.take(ip("::ffff:192.0.2.1"), now), Ok(()));
        assert!(throttle.take(ip("192.0.2.1"), now).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, now) = (Throttle::new(3), Instant::now());
        for n in 0..u32::try_from(CLIENTS + 500).unwrap() {
            let _ = throttle.take(IpAddr::from(n.to_be_bytes()), now + Duration::from_millis(u64::from(n)));
        }
        assert!(throttle.clients.lock().unwrap().len() <= CLIENTS);
    }
}
