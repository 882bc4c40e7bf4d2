/** Results of other runs, where there were records of them when the page was made. */

import { data } from "./data.js";
import { h } from "./dom.js";

export function runsView() {
  const runs = data.runs ?? [];
  return h(
    "div",
    {},
    h("h1", {}, "Other runs"),
    runs.length
      ? null
      : h(
          "p",
          {},
          "No record of conform, source, mutate or flood was there when this page was made.",
        ),
    ...runs.map((run) =>
      h(
        "section",
        {},
        h("h2", {}, run.title),
        h("ul", {}, ...run.lines.map((line) => h("li", {}, line))),
      ),
    ),
  );
}
