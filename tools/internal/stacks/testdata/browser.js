// Runs the script of a flame graph with a small stand-in for a browser's document,
// and checks what it does to the boxes.
'use strict';
const assert = require('assert');
const fs = require('fs');

const svg = fs.readFileSync(process.argv[2], 'utf8');
const plain = (s) => s.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&#34;/g, '"').replace(/&amp;/g, '&');

class Element {
	constructor(attributes, text) {
		this.attributes = attributes;
		this.textContent = text;
		this.listeners = {};
		this.classes = new Set();
		this.classList = {
			toggle: (name, on) => on ? this.classes.add(name) : this.classes.delete(name),
			contains: (name) => this.classes.has(name),
		};
	}
	getAttribute(name) { return this.attributes[name]; }
	setAttribute(name, value) { this.attributes[name] = String(value); }
	addEventListener(name, f) { this.listeners[name] = f; }
	querySelector(name) { return this.children[name]; }
}

function attributes(text) {
	const all = {};
	for (const m of text.matchAll(/([\w-]+)="([^"]*)"/g))
		all[m[1]] = m[2];
	return all;
}

const boxes = [];
for (const m of svg.matchAll(/<g class="box"([^>]*)><title>(.*?)<\/title><rect([^>]*)\/><text([^>]*)>(.*?)<\/text><\/g>/g)) {
	const g = new Element(attributes(m[1]), '');
	g.children = {
		title: new Element({}, plain(m[2])), rect: new Element(attributes(m[3]), ''), text: new Element(attributes(m[4]), plain(m[5])),
	};
	boxes.push(g);
}
const byID = {};
for (const id of ['reset', 'search', 'found', 'details'])
	byID[id] = new Element({}, ' ');
const keys = {};
let answer = '';
const document = { getElementById: (id) => byID[id], querySelectorAll: () => boxes };
const window = { addEventListener: (name, f) => { keys[name] = f; }, prompt: () => answer, alert: (text) => { window.alerted = text; } };

new Function('document', 'window', svg.match(/<!\[CDATA\[([^]*?)\]\]>\n<\/script>/)[1])(document, window);

const box = (title) => boxes.find((g) => g.children.title.textContent.startsWith(title));
const width = (g) => Number(g.children.rect.getAttribute('width'));
const visible = () => boxes.filter((g) => g.getAttribute('visibility') !== 'hidden').map((g) => g.children.title.textContent.split(' (')[0]);

assert.strictEqual(boxes.length, 10);

// A click makes a box as wide as the picture, with what is above and below it.
const odd = box('std::map');
odd.listeners.click();
assert.deepStrictEqual(visible(), ['all', 'a [1]', 'main', 'std::map<int, "x">]]>\\x01']);
assert.strictEqual(width(odd), 1180);
assert.strictEqual(odd.children.text.textContent, 'std::map<int, "x">]]>\\x01');
assert.strictEqual(width(box('all')), 1180);
assert.ok(box('main').classes.has('outer'));
assert.strictEqual(byID.reset.getAttribute('visibility'), 'visible');

// Another click goes on from there, and the button puts all back.
box('leaf (75').listeners.click();
assert.strictEqual(width(box('vfs_read')), 1180 * 0.8);
byID.reset.listeners.click();
assert.strictEqual(visible().length, 10);
assert.strictEqual(width(box('b [2]')), 236);
assert.strictEqual(byID.reset.getAttribute('visibility'), 'hidden');

// What stands on a box that was found counts once.
answer = 'leaf|vfs';
byID.search.listeners.click();
assert.strictEqual(byID.found.textContent, 'Found: 95.00%');
assert.ok(box('vfs_read').classes.has('found') && !box('main').classes.has('found'));
byID.search.listeners.click();
assert.strictEqual(byID.found.textContent, ' ');
assert.ok(!box('vfs_read').classes.has('found'));

// By key; an expression that is wrong is told.
answer = '(';
let prevented = false;
keys.keydown({ key: 'f', ctrlKey: true, preventDefault: () => { prevented = true; } });
assert.ok(prevented && window.alerted.includes('('));
assert.strictEqual(byID.search.textContent, 'Search');

box('b [2]').listeners.mouseover();
assert.strictEqual(byID.details.textContent, 'b [2] (20 events, 20.00%)');
odd.listeners.click();
keys.keydown({ key: 'Escape' });
assert.strictEqual(visible().length, 10);
