import assert from "node:assert/strict";
import { test } from "node:test";
import { Zone } from "../src/view/zone.ts";
import { moment } from "../src/view/words.ts";
import { momentOf } from "../src/view/moments.ts";

const at = (text: string): number => Date.parse(text) * 1000;

test("a clock of the zone, summer time and quarters of an hour included", () => {
  const shown = (zone: string, text: string) => moment(new Zone(zone).local(at(text)));
  assert.equal(shown("UTC", "2014-05-14T13:42:07.512Z"), "Wed 14 May 2014 13:42:07.512");
  assert.equal(shown("America/New_York", "2014-05-14T13:42:07.512Z"), "Wed 14 May 2014 09:42:07.512");
  assert.equal(shown("America/New_York", "2014-03-09T06:59:59Z"), "Sun 9 Mar 2014 01:59:59.000");
  assert.equal(shown("America/New_York", "2014-03-09T07:00:00Z"), "Sun 9 Mar 2014 03:00:00.000");
  assert.equal(shown("Asia/Kathmandu", "2014-01-01T00:00:00Z"), "Wed 1 Jan 2014 05:45:00.000");
  assert.equal(new Zone("America/New_York").label, "New York");
  assert.equal(new Zone("Mars/Olympus").name, "UTC");
});

test("back to UTC: every hour of two years, and the two odd hours of each", () => {
  for (const name of ["America/New_York", "Europe/London", "Australia/Lord_Howe"]) {
    const zone = new Zone(name);
    let unlike = 0;
    for (let time = at("2013-12-31T00:15:00Z"); time < at("2016-01-02T00:00:00Z"); time += 3.6e9) if (momentOf(zone, zone.local(time)) !== time) unlike++;
    assert.ok(unlike <= 2, `${name}: ${unlike}`); // the hour that clocks show twice is taken as its first
  }
  const york = new Zone("America/New_York");
  assert.equal(momentOf(york, at("2014-11-02T01:30:00Z")), at("2014-11-02T05:30:00Z"));
  assert.equal(york.local(momentOf(york, at("2014-03-09T02:30:00Z"))), at("2014-03-09T03:30:00Z"));
});
