//! raw
use std::hint::black_box;
use wire::pa_for_node::*;
fn main(){
 let text=include_str!("receipt.xml").lines().map(str::trim).collect::<String>();
 let d=soap::Document::parse(&text).unwrap();
 for _ in 0..300000 { black_box(soap::read_element::<PaSendRtV2Request>(black_box(d.root()), soap::Mode::Strict).unwrap()); }
}
