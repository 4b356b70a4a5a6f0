//! raw
use std::hint::black_box;
use wire::pa_for_node::*;
fn main(){
 let text=include_str!("receipt.xml").lines().map(str::trim).collect::<String>();
 let d=soap::Document::parse(&text).unwrap();
 for _ in 0..300000 { black_box(soap::Document::parse(black_box(&text)).unwrap()); }
}
