'use strict';
(function () {
	const margin = 10, full = 1200 - 2 * margin, charWidth = 7.2;
	const byID = (id) => document.getElementById(id);
	const boxes = Array.from(document.querySelectorAll('g.box')).map((g) => ({
		g: g,
		rect: g.querySelector('rect'),
		label: g.querySelector('text'),
		title: g.querySelector('title').textContent,
		x: Number(g.getAttribute('data-x')),
		w: Number(g.getAttribute('data-w')),
		row: Number(g.getAttribute('data-r')),
	}));
	for (const b of boxes)
		b.name = b.title.replace(/ \([^(]*\)$/, '');
	let pattern = null;

	function place(b, x, w) {
		const left = margin + x * full, width = w * full, room = Math.floor((width - 6) / charWidth);
		b.rect.setAttribute('x', left.toFixed(2));
		b.rect.setAttribute('width', width.toFixed(2));
		b.label.setAttribute('x', (left + 3).toFixed(2));
		if (room < 3)
			b.label.textContent = '';
		else
			b.label.textContent = b.name.length <= room ? b.name : b.name.slice(0, room - 2) + '..';
	}

	/* Makes a box as wide as the picture, and those that it stands on. */
	function zoom(to) {
		const slack = 1e-7, end = to.x + to.w;
		for (const b of boxes) {
			const outer = b.row < to.row && b.x <= to.x + slack && b.x + b.w >= end - slack;
			const inner = b.row >= to.row && b.x >= to.x - slack && b.x + b.w <= end + slack;
			b.g.setAttribute('visibility', outer || inner ? 'visible' : 'hidden');
			b.g.classList.toggle('outer', outer);
			if (outer)
				place(b, 0, 1);
			else if (inner)
				place(b, (b.x - to.x) / to.w, b.w / to.w);
		}
		byID('reset').setAttribute('visibility', to.row > 0 ? 'visible' : 'hidden');
	}

	/* Marks the boxes whose names match, and says how much of all they are: a box
	   on another one that matches counts no more. */
	function mark() {
		let share = 0, covered = 0;
		for (const b of boxes)
			b.g.classList.toggle('found', pattern !== null && pattern.test(b.name));
		const found = boxes.filter((b) => b.g.classList.contains('found'));
		for (const b of found.sort((a, c) => a.x - c.x || c.w - a.w)) {
			if (b.x + b.w > covered) {
				share += b.x + b.w - Math.max(b.x, covered);
				covered = b.x + b.w;
			}
		}
		byID('found').textContent = pattern === null ? ' ' : 'Found: ' + (100 * share).toFixed(2) + '%';
		byID('search').textContent = pattern === null ? 'Search' : 'Reset search';
	}

	function search() {
		if (pattern !== null) {
			pattern = null;
			mark();
			return;
		}
		const text = window.prompt('Regular expression for names of functions:', '');
		if (!text)
			return;
		try {
			pattern = new RegExp(text);
		} catch (e) {
			window.alert(e.message);
			return;
		}
		mark();
	}

	for (const b of boxes) {
		b.g.addEventListener('click', () => zoom(b));
		b.g.addEventListener('mouseover', () => { byID('details').textContent = b.title; });
		b.g.addEventListener('mouseout', () => { byID('details').textContent = ' '; });
	}
	byID('reset').addEventListener('click', () => zoom(boxes[0]));
	byID('search').addEventListener('click', search);
	window.addEventListener('keydown', (e) => {
		if ((e.ctrlKey || e.metaKey) && e.key === 'f' || e.key === 'F3') {
			e.preventDefault();
			search();
		} else if (e.key === 'Escape' && boxes.length > 0) {
			zoom(boxes[0]);
		}
	});
})();
