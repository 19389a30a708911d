// The Markdown of cards as nodes: paragraphs, bold, italics, lists, tables, escapes, entities. Text only: no HTML, no images.
"use strict";
(function () {
  const ENTITY = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#64;": "@", "&#39;": "'" };

  function literal(text) {
    return text.replace(/&(?:amp|lt|gt|quot|#64|#39);/g, (found) => ENTITY[found]);
  }

  // Inline: **bold**, *italics*, `code`, [label](https://...), backslash escapes.
  function inline(parent, text) {
    let plain = "";
    const flush = () => {
      if (plain) parent.append(document.createTextNode(literal(plain)));
      plain = "";
    };
    for (let at = 0; at < text.length; ) {
      const rest = text.slice(at);
      if (rest[0] === "\\" && /^\\[!-/:-@[-`{-~]/.test(rest)) {
        plain += rest[1] === "&" ? "&amp;" : rest[1];
        at += 2;
        continue;
      }
      const found =
        /^\*\*((?:\\.|[^\\])+?)\*\*/.exec(rest) || /^\*((?:\\.|[^\\*])+?)\*/.exec(rest) || /^`([^`]+)`/.exec(rest);
      if (found) {
        flush();
        const node = document.createElement(found[0].startsWith("**") ? "strong" : found[0][0] === "*" ? "em" : "code");
        if (node.tagName === "CODE") node.textContent = found[1];
        else inline(node, found[1]);
        parent.append(node);
        at += found[0].length;
        continue;
      }
      const link = /^\[((?:\\.|[^\\\]])+)\]\((https?:\/\/[^\s)]+)\)/.exec(rest);
      if (link) {
        flush();
        const node = document.createElement("a");
        node.href = link[2];
        node.rel = "noopener noreferrer";
        node.target = "_blank";
        inline(node, link[1]);
        parent.append(node);
        at += link[0].length;
        continue;
      }
      plain += rest[0];
      at += 1;
    }
    flush();
    return parent;
  }

  function cells(line) {
    return line.replace(/^\s*\|/, "").replace(/\|\s*$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  }

  function table(lines) {
    const node = document.createElement("table");
    lines.filter((_, index) => index !== 1).forEach((line, index) => {
      const row = node.insertRow();
      for (const cell of cells(line)) {
        const item = document.createElement(index === 0 ? "th" : "td");
        if (index === 0) item.scope = "col";
        row.append(inline(item, cell));
      }
    });
    const box = document.createElement("div");
    box.className = "scroll";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Table");
    box.append(node);
    return box;
  }

  function list(lines) {
    const top = document.createElement("ul");
    const stack = [{ indent: 0, node: top }];
    for (const line of lines) {
      const indent = /^ */.exec(line)[0].length;
      while (stack.length > 1 && indent < stack[stack.length - 1].indent) stack.pop();
      let level = stack[stack.length - 1];
      if (indent > level.indent && level.node.lastElementChild) {
        const inner = document.createElement("ul");
        level.node.lastElementChild.append(inner);
        level = { indent, node: inner };
        stack.push(level);
      }
      level.node.append(inline(document.createElement("li"), line.trim().slice(2)));
    }
    return top;
  }

  function markdown(text) {
    const box = document.createElement("div");
    for (const block of text.split(/\n{2,}/)) {
      const lines = block.split("\n").filter((line) => line.trim());
      if (!lines.length) continue;
      if (lines[0].trim().startsWith("|")) box.append(table(lines));
      else if (lines.every((line) => /^\s*- /.test(line))) box.append(list(lines));
      else if (/^#{1,6} /.test(lines[0])) {
        box.append(inline(document.createElement("h4"), lines[0].replace(/^#+ /, "")));
      } else {
        const first = lines.findIndex((line) => /^\s*- /.test(line));
        const told = first < 0 ? lines : lines.slice(0, first);
        if (told.length) box.append(inline(document.createElement("p"), told.join(" ")));
        if (first >= 0) box.append(list(lines.slice(first)));
      }
    }
    return box;
  }

  window.myelomaMarkdown = markdown;
})();
