// Draws static/images/icon.png: two cards that exchange arrows, 256 by 256. Run it when the picture changes.
import { writeFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";

const SIZE = 256;
const BLUE = [0, 90, 158];
const PALE = [222, 236, 249];
const WHITE = [255, 255, 255];

/** Each shape: its color and whether a point of the 64 by 64 drawing is inside. */
const SHAPES = [
  [BLUE, (x, y) => insideCard(x, y, 2, 2, 60, 60, 12)],
  [PALE, (x, y) => insideCard(x, y, 10, 14, 20, 36, 4)],
  [PALE, (x, y) => insideCard(x, y, 34, 14, 20, 36, 4)],
  [BLUE, (x, y) => insideArrow(x, y, 16, 26, 1)],
  [BLUE, (x, y) => insideArrow(x, y, 16, 38, -1)],
  [WHITE, (x, y) => insideArrow(x, y, 16, 26, 1, 1.2) && x > 30 && x < 34],
  [WHITE, (x, y) => insideArrow(x, y, 16, 38, -1, 1.2) && x > 30 && x < 34],
];

function insideCard(x, y, left, top, width, height, radius) {
  const dx = Math.max(left + radius - x, 0, x - (left + width - radius));
  const dy = Math.max(top + radius - y, 0, y - (top + height - radius));
  return Math.hypot(dx, dy) <= radius;
}

/** A bar of 32 by 4 with a head at its right (1) or left (-1) end. */
function insideArrow(x, y, left, middle, direction, half = 2) {
  const along = direction > 0 ? x - left : left + 32 - x;
  const across = Math.abs(y - middle);
  if (along >= 0 && along <= 26 && across <= half) return true;
  return along >= 22 && along <= 32 && across <= (32 - along) * 0.6;
}

function colorAt(x, y) {
  const found = SHAPES.findLast(([, isInside]) => isInside(x, y));
  return found === undefined ? [0, 0, 0, 0] : [...found[0], 255];
}

/** The mean of 4 by 4 samples, so that edges are smooth. */
function pixelAt(column, row) {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < 16; sample += 1) {
    const x = ((column + ((sample % 4) + 0.5) / 4) / SIZE) * 64;
    const y = ((row + (Math.floor(sample / 4) + 0.5) / 4) / SIZE) * 64;
    const [red, green, blue, alpha] = colorAt(x, y);
    sum[0] += red * alpha;
    sum[1] += green * alpha;
    sum[2] += blue * alpha;
    sum[3] += alpha;
  }
  const alpha = sum[3];
  return alpha === 0 ? [0, 0, 0, 0] : [sum[0] / alpha, sum[1] / alpha, sum[2] / alpha, alpha / 16].map(Math.round);
}

function chunk(type, content) {
  const body = Buffer.concat([Buffer.from(type), content]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(content.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

const rows = Buffer.alloc(SIZE * (SIZE * 4 + 1));
for (let row = 0; row < SIZE; row += 1) {
  for (let column = 0; column < SIZE; column += 1) {
    rows.set(pixelAt(column, row), row * (SIZE * 4 + 1) + 1 + column * 4);
  }
}
const head = Buffer.alloc(13);
head.writeUInt32BE(SIZE, 0);
head.writeUInt32BE(SIZE, 4);
head.set([8, 6, 0, 0, 0], 8);
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const picture = Buffer.concat([
  signature,
  chunk("IHDR", head),
  chunk("IDAT", deflateSync(rows, { level: 9 })),
  chunk("IEND", Buffer.alloc(0)),
]);
await writeFile(new URL("../../static/images/icon.png", import.meta.url), picture);
