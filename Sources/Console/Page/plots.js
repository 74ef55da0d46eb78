// Small plots, as SVG.

function element(name, attributes, parent, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function canvas(place, width, height, label) {
  place.replaceChildren();
  return element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }, place);
}

// Points of a reception: `symbols` and `pilots`, I and Q of each.
export function constellation(place, signal) {
  const svg = canvas(place, 160, 160, 'Constellation');
  const points = [...(signal?.symbols ?? []), ...(signal?.pilots ?? [])];
  const sizes = points.map(([i, q]) => Math.max(Math.abs(i), Math.abs(q))).sort((a, b) => a - b);
  // All but the furthest few in sight.
  const reach = Math.max(1.5, (sizes[Math.floor(sizes.length * 0.98)] ?? 1) * 1.1);
  const at = ([i, q]) => [80 + (i / reach) * 76, 80 - (q / reach) * 76];
  element('path', { d: 'M4 80H156M80 4V156', class: 'axis' }, svg);
  element('circle', { cx: 80, cy: 80, r: 76 / reach, class: 'axis' }, svg);
  for (const point of signal?.symbols ?? []) {
    const [x, y] = at(point);
    element('circle', { cx: x.toFixed(1), cy: y.toFixed(1), r: 1.6, class: 'dot' }, svg);
  }
  for (const point of signal?.pilots ?? []) {
    const [x, y] = at(point).map((value) => value.toFixed(1));
    element('path', { d: `M${x - 2} ${y}h4M${x} ${y - 2}v4`, class: 'cross' }, svg);
  }
}

// `transfers`: { estimated, set } in dB, the oldest first; either may be missing.
export function ratios(place, transfers) {
  const svg = canvas(place, 160, 110, 'Es/N0, estimated and set');
  const values = transfers.flatMap(({ estimated, set }) => [estimated, set]).filter(Number.isFinite);
  if (!values.length) return;
  const [low, high] = [Math.floor(Math.min(...values) - 1), Math.ceil(Math.max(...values) + 1)];
  const x = (index) => 26 + (index + 0.5) * (130 / transfers.length);
  const y = (value) => 100 - ((value - low) / (high - low)) * 90;
  element('path', { d: 'M26 6V100H156', class: 'axis' }, svg);
  element('text', { x: 2, y: 12 }, svg, `${high} dB`);
  element('text', { x: 2, y: 100 }, svg, `${low} dB`);
  const steps = transfers.map(({ set }, index) => {
    if (!Number.isFinite(set)) return '';
    const half = 65 / transfers.length;
    return `M${x(index) - half} ${y(set)}H${x(index) + half}`;
  });
  element('path', { d: steps.join(''), class: 'set' }, svg);
  transfers.forEach(({ estimated }, index) => {
    if (Number.isFinite(estimated)) element('circle', { cx: x(index), cy: y(estimated), r: 3, class: 'dot' }, svg);
  });
}

// `parts`: pairs of a name and a number.
export function bars(place, parts) {
  const svg = canvas(place, 160, Math.max(30, parts.length * 20 + 6), 'Seconds by stage');
  const most = Math.max(0.001, ...parts.map(([, value]) => value));
  parts.forEach(([name, value], index) => {
    const y = index * 20 + 4;
    element('text', { x: 2, y: y + 11 }, svg, name);
    element('rect', { x: 48, y, width: Math.max(0.5, (value / most) * 80), height: 14, class: 'bar' }, svg);
    element('text', { x: 52 + (value / most) * 80, y: y + 11 }, svg, `${value.toFixed(2)} s`);
  });
}

// `chances`: of each transfer the probability of the same person, or null; the oldest first.
export function chances(place, values) {
  const svg = canvas(place, 160, 110, 'Probability of the same person');
  element('path', { d: 'M26 10V100H156', class: 'axis' }, svg);
  element('text', { x: 2, y: 14 }, svg, '100 %');
  element('text', { x: 2, y: 100 }, svg, '0 %');
  const width = 130 / Math.max(1, values.length);
  values.forEach((value, index) => {
    if (value === null) return;
    const height = Math.max(0.5, value * 90);
    const shape = { x: 26 + index * width + width * 0.15, y: 100 - height, width: width * 0.7, height, class: 'bar' };
    element('rect', shape, svg);
  });
}
