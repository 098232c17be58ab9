// The leaderboard: sorted, filtered and paged here, from the rows that the page holds as JSON.
// The view is what stands behind the # of the address, so a link restores it, and back and forward walk through views.
(() => {
  "use strict";
  const PAGE = 50;
  const { boards, filters, overall } = JSON.parse(document.getElementById("rows").textContent);
  const at = (id) => document.getElementById(id);
  const collator = new Intl.Collator("en", { numeric: true });
  const ALL = "*"; // of a filter; a value that begins so has another one before it
  const saidAs = (value) => (value.startsWith(ALL) ? ALL + value : value);
  const valueOf = (text) => (text.startsWith(ALL) ? text.slice(1) : text);
  const narrow = matchMedia("(max-width: 40rem)");

  const boardOf = (slug) => boards.find((board) => board.slug === slug) || boards[0];
  const place = (board, name) => board.columns.findIndex((column) => column.name === name);
  const valuesOf = (board, name) => {
    const column = place(board, name);
    if (column < 0) return [];
    return [...new Set(board.cells.map((cells) => cells[column]))].sort(collator.compare);
  };
  const choices = new Map(boards.map((board) => [board.slug, new Map(filters.map((n) => [n, valuesOf(board, n)]))]));

  // The view before any choice: all tasks together, the best first.
  const untouched = (board) => {
    const view = { board: board.slug, sort: "macro_f1", descending: true, page: 1, filters: {} };
    if (place(board, "macro_f1") < 0) Object.assign(view, { sort: "", descending: false });
    if (choices.get(board.slug).get("task").includes(overall)) view.filters.task = overall;
    return view;
  };

  // Parts of an address that this page does not know are ignored.
  const read = (hash) => {
    const said = new URLSearchParams(hash.slice(1));
    const board = boardOf(said.get("board"));
    const view = untouched(board);
    for (const name of filters) {
      const values = choices.get(board.slug).get(name);
      const value = said.get(name);
      if (value === null || values.length < 2) continue;
      if (value === ALL) delete view.filters[name];
      else if (values.includes(valueOf(value))) view.filters[name] = valueOf(value);
    }
    const sort = said.get("sort") || "";
    if (place(board, sort.replace(/^-/, "")) >= 0) {
      view.descending = sort.startsWith("-");
      view.sort = sort.replace(/^-/, "");
    }
    view.page = Math.max(1, Number.parseInt(said.get("page"), 10) || 1);
    return view;
  };

  // Only what differs from an untouched view.
  const written = (view) => {
    const said = new URLSearchParams();
    const before = untouched(boardOf(view.board));
    if (view.board !== boards[0].slug) said.set("board", view.board);
    for (const name of filters) {
      if (view.filters[name] === before.filters[name]) continue;
      said.set(name, view.filters[name] === undefined ? ALL : saidAs(view.filters[name]));
    }
    if (view.sort !== before.sort || view.descending !== before.descending) {
      said.set("sort", `${view.descending ? "-" : ""}${view.sort}`);
    }
    if (view.page > 1) said.set("page", String(view.page));
    return said.toString();
  };

  const rowsOf = (board, view) => {
    const wanted = Object.entries(view.filters).map(([name, value]) => [place(board, name), value]);
    const rows = [];
    board.cells.forEach((cells, row) => {
      if (wanted.every(([column, value]) => cells[column] === value)) rows.push(row);
    });
    // Real texts are what the others are compared with, and stand below them.
    const apart = (a, b) => board.real[a] - board.real[b];
    const column = place(board, view.sort);
    if (column < 0) return rows.sort((a, b) => apart(a, b) || a - b);
    const direction = view.descending ? -1 : 1;
    const { numeric } = board.columns[column];
    const key = (row) => (numeric ? board.orders[row][column] : board.cells[row][column]);
    const none = (value) => value === null || value === "";
    return rows.sort((a, b) => {
      if (apart(a, b)) return apart(a, b);
      const [one, other] = [key(a), key(b)];
      if (none(one) || none(other)) return none(one) - none(other) || a - b; // whatever the direction, last
      return direction * (numeric ? one - other : collator.compare(one, other)) || a - b;
    });
  };

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  // A long name breaks after a _, not within a word.
  const breakable = (made) => {
    const parts = made.textContent.split(/(?<=_)/);
    made.replaceChildren(...parts.flatMap((part, place) => (place ? [document.createElement("wbr"), part] : [part])));
    return made;
  };

  let drawn;
  const drawNew = () => {
    if (location.hash !== drawn) draw();
  };
  const go = (view) => {
    location.hash = written(view);
    drawNew(); // not only once the browser tells of the change
  };

  // A column that a filter holds at one value is in the caption, and one without a word in these rows is left out.
  // On a phone the scores come next to the names, since the rest has to be scrolled to.
  const columnsOf = (board, view, rows) => {
    const front = narrow.matches ? ["method", "macro_f1", "classifier", "per_label"] : [];
    const rank = ({ name }) => (front.includes(name) ? front.indexOf(name) : front.length);
    const chosen = board.columns
      .map((column, index) => ({ ...column, index }))
      .filter(({ name, index }) => {
        if (name === "method" || name === view.sort) return true;
        return !(name in view.filters) && (rows.length === 0 || rows.some((row) => board.cells[row][index] !== ""));
      })
      .sort((a, b) => rank(a) - rank(b));
    const score = chosen.findIndex(({ name }) => name === "macro_f1");
    if (score >= 0 && !narrow.matches) chosen.splice(score + 1, 0, PLOT);
    return chosen;
  };

  // Macro-F1 on a scale from 0 to 1: its interval, the floor, and real texts of the same size.
  const PLOT = { name: "", plot: true };
  const SVG = "http://www.w3.org/2000/svg";
  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const percent = (share) => `${(100 * share).toFixed(2)}%`;
  const mark = (share, style, path) => {
    const placed = shape("svg", { class: `m s${style}`, x: percent(share), y: 11 });
    placed.append(shape("path", { d: path }));
    return placed;
  };
  const plot = ([score, low, high, floor, real, style]) => {
    const drawn = shape("svg", { class: "strip", width: "100%", height: 22, "aria-hidden": "true" });
    for (const at of ["0%", "50%", "100%"]) drawn.append(shape("line", { class: "grid", x1: at, x2: at, y1: 0, y2: 22 }));
    drawn.append(shape("line", { class: "floor", x1: percent(floor), x2: percent(floor), y1: 4, y2: 18 }));
    drawn.append(shape("line", { class: `s${style} bar`, x1: percent(low), x2: percent(high), y1: 11, y2: 11 }));
    if (real !== null) drawn.append(mark(real, 0, CIRCLE));
    drawn.append(mark(score, style, [CIRCLE, SQUARE, TRIANGLE][style]));
    return drawn;
  };
  const CIRCLE = "M0-4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0-4.5Z";
  const SQUARE = "M-4-4H4V4H-4Z";
  const TRIANGLE = "M0-5.5L5.5 4H-5.5Z";

  const head = (columns, view) => {
    const row = element("tr", "");
    for (const column of columns) {
      if (column.plot) {
        const cell = element("th", "", { scope: "col", class: "plot" });
        cell.append(element("span", "Macro-F1 on a scale from 0 to 1", { class: "hidden" }));
        const axis = shape("svg", { class: "axis", width: "100%", height: 16, "aria-hidden": "true" });
        for (const [x, anchor, text] of [["0%", "start", "0"], ["50%", "middle", "0.5"], ["100%", "end", "1"]]) {
          const tick = shape("text", { x, y: 12, "text-anchor": anchor });
          tick.textContent = text;
          axis.append(tick);
        }
        cell.append(axis);
        row.append(cell);
        continue;
      }
      const sorted = column.name === view.sort;
      const cell = element("th", "", { scope: "col", "aria-sort": sorted ? (view.descending ? "descending" : "ascending") : "none" });
      if (column.numeric) cell.className = "n";
      const button = element("button", column.header, { type: "button", "data-sort": column.name });
      button.append(element("span", sorted ? (view.descending ? "▼" : "▲") : "", { class: "arrow", "aria-hidden": "true" }));
      cell.append(button);
      row.append(cell);
    }
    return row;
  };

  const line = (board, columns, row) => {
    const made = element("tr", "");
    const [taskPage, entryPage] = board.links[row];
    for (const column of columns) {
      if (column.plot) {
        const drawn = element("td", "", { class: "plot" });
        drawn.append(plot(board.plots[row]));
        made.append(drawn);
        continue;
      }
      const text = board.cells[row][column.index];
      const cell = column.name === "method" ? element("th", "", { scope: "row" }) : element("td", "");
      if (column.numeric) cell.className = "n";
      const page = { method: entryPage, entry: text && entryPage, task: taskPage }[column.name];
      if (page) cell.append(breakable(element("a", text, { href: page })));
      else cell.textContent = text;
      made.append(cell);
    }
    return made;
  };

  const group = (width) => {
    const made = element("tr", "", { class: "group" });
    made.append(element("th", "Real texts, for comparison", { scope: "rowgroup", colspan: width }));
    return made;
  };

  const options = (select, values, chosen) => {
    select.replaceChildren(
      ...values.map(([value, text]) => {
        const option = element("option", text, { value });
        option.selected = value === chosen;
        return option;
      }),
    );
  };

  const draw = () => {
    drawn = location.hash;
    const view = read(location.hash);
    const board = boardOf(view.board);
    const rows = rowsOf(board, view);
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    const page = Math.min(view.page, pages);
    const first = (page - 1) * PAGE;
    const focused = document.activeElement?.dataset?.sort;

    options(at("board"), boards.map((b) => [b.slug, b.title]), board.slug);
    at("field-board").hidden = boards.length < 2;
    for (const name of filters) {
      const values = choices.get(board.slug).get(name);
      const select = at(`filter-${name}`);
      select.parentElement.hidden = values.length < 2;
      const chosen = name in view.filters ? saidAs(view.filters[name]) : ALL;
      options(select, [[ALL, "all"], ...values.map((value) => [saidAs(value), value || "(none)"])], chosen);
    }

    const table = document.querySelector("#board-table table");
    const held = Object.entries(view.filters).filter(([name]) => name !== "method");
    const told = held.map(([name, value]) => `${board.columns[place(board, name)].header} ${value || "(none)"}`);
    const columns = columnsOf(board, view, rows);
    table.caption.firstElementChild.textContent = [board.title, ...told].join(" · ");
    table.tHead.replaceChildren(head(columns, view));
    const lines = [];
    rows.slice(first, first + PAGE).forEach((row, at, shown) => {
      if (board.real[row] && (at === 0 || !board.real[shown[at - 1]])) lines.push(group(columns.length));
      lines.push(line(board, columns, row));
    });
    table.tBodies[0].replaceChildren(...lines);
    if (focused) table.tHead.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();

    const sorted = board.columns.find((column) => column.name === view.sort);
    const order = sorted ? `, sorted by ${sorted.header}, ${view.descending ? "descending" : "ascending"}` : "";
    at("status").textContent = rows.length
      ? `${rows.length.toLocaleString("en")} row${rows.length === 1 ? "" : "s"}${order}`
      : "No row has all of these values; choose others, or reset.";
    at("place").textContent = `Page ${page} of ${pages}`;
    at("pager").hidden = pages < 2;
    at("previous").disabled = page === 1;
    at("next").disabled = page === pages;
    at("previous").onclick = () => go({ ...view, page: page - 1 });
    at("next").onclick = () => go({ ...view, page: page + 1 });
  };

  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("controls").addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (name === "board") return go(untouched(boardOf(value)));
    const view = { ...read(location.hash), page: 1 };
    if (value === ALL) delete view.filters[name];
    else view.filters[name] = valueOf(value);
    return go(view);
  });
  at("reset").addEventListener("click", () => go(untouched(boardOf(read(location.hash).board))));
  document.querySelector("#board-table thead").addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.sort;
    if (!name) return;
    const view = read(location.hash);
    const { numeric } = boardOf(view.board).columns[place(boardOf(view.board), name)];
    const descending = name === view.sort ? !view.descending : numeric; // of numbers, the largest first
    go({ ...view, sort: name, descending, page: 1 });
  });
  addEventListener("hashchange", drawNew);
  narrow.addEventListener("change", draw);

  at("off").hidden = true;
  at("controls").hidden = false;
  at("board-table").hidden = false;
  draw();
})();
