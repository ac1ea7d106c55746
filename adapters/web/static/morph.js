// Changes a piece of the page into a newer version of itself and touches only what differs: what has the focus,
// an opened <details>, a scroll position and half-written words stay. `data-key` names a child among its siblings;
// `data-keep` marks what belongs to the script.

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined);

export function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.hasAttribute("data-keep") || old.isEqualNode(fresh)) return;
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) old.removeAttribute(name);
  }
  if (old.tagName === "TEMPLATE") {
    old.innerHTML = fresh.innerHTML;
    return;
  }
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  const known = new Map();
  for (const child of old.children) if (keyOf(child)) known.set(keyOf(child), child);
  const wanted = new Set([...fresh.children].map(keyOf));
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    while (at && keyOf(at) && !wanted.has(keyOf(at))) at = drop(at);
    const key = keyOf(next);
    const match = key ? known.get(key) : at && !keyOf(at) && at.nodeName === next.nodeName ? at : null;
    while (key && match && at && at !== match && at.nodeType === Node.TEXT_NODE) at = drop(at);
    if (!match || match.nodeName !== next.nodeName) {
      old.insertBefore(next, at);
    } else {
      if (match === at) at = at.nextSibling;
      else old.insertBefore(match, at);
      morph(match, next);
    }
  }
  while (at) at = drop(at);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}
