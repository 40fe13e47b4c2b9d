import { describe, expect, it } from 'vitest';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { census, labelAbove, labelDistance, labelSide, layOut, radiusOf } from './layout.ts';

const places = Object.entries(iceCream.map!.places).map(([name, [x, y]]) => ({ name, x, y }));

describe('the layout of the town', () => {
  it('keeps three quarters of the people inside the box, at any size of it', () => {
    for (const [width, height] of [
      [1050, 515],
      [670, 390],
      [366, 420],
    ] as const) {
      const layout = layOut(width, height, places);
      const radius = radiusOf(layout, 0.75);
      for (const { x, y } of layout.places) {
        expect(Math.min(x, width - x, y, height - y)).toBeGreaterThanOrEqual(radius - 1);
      }
    }
  });

  it('keeps everybody inside the box who did the same, on a phone too', () => {
    const layout = layOut(
      366,
      300,
      [
        { name: 'wait', x: 0, y: 0.5 },
        { name: 'ride', x: 1, y: 0.5 },
      ],
      { joined: false },
    );
    const radius = radiusOf(layout, 1);
    for (const { x, y } of layout.places) expect(Math.min(x, 366 - x, y, 300 - y)).toBeGreaterThanOrEqual(radius - 1);
  });

  it('puts a single place in the middle', () => {
    const [{ x, y }] = layOut(400, 300, [{ name: '', x: 0.9, y: 0.1 }]).places as [{ x: number; y: number }];
    expect(x).toBe(200);
    expect(Math.abs(y - 150)).toBeLessThan(25);
  });

  it('labels a place above it where another lies close below', () => {
    const layout = layOut(1050, 515, places);
    expect(layout.places.filter((_, i) => labelAbove(layout, i)).map(({ name }) => name)).toEqual(['street']);
  });

  it('keeps labels off every crowd, with three quarters of the people at home, at work or spread', () => {
    for (const [width, height] of [
      [1050, 515],
      [670, 390],
    ] as const) {
      const layout = layOut(width, height, places);
      for (const most of [0, 0.3, 0.75])
        layout.places.forEach(({ name, x, y }, i) => {
          const share = ['home', 'work'].includes(name) ? most : Math.min(most, 0.2);
          const near = y + (labelAbove(layout, i) ? -1 : 1) * labelDistance(layout, i, share);
          const far = near + (labelAbove(layout, i) ? -42 : 42);
          expect(Math.abs(near - y)).toBeGreaterThan(radiusOf(layout, share));
          expect(Math.min(far, height - far)).toBeGreaterThanOrEqual(0);
          layout.places.forEach((other, j) => {
            if (i === j) return;
            const across = Math.max(0, Math.abs(other.x - x) - 69);
            const along = Math.max(0, Math.min(near, far) - other.y, other.y - Math.max(near, far));
            expect(Math.hypot(across, along)).toBeGreaterThan(radiusOf(layout, 0.2));
          });
        });
    }
  });
});

describe('a crowd', () => {
  it('is counted by place and action', () => {
    const frame = { run: 0, tick: 0, key: true, actionCount: 3, places: Uint8Array.of(0, 0, 4, 2) };
    const played = { actions: Uint8Array.of(0, 2, 2, 0), observed: new Uint16Array(4), levels: new Uint8Array(3) };
    const { crowd, byAction } = census({ ...frame, played }, 5, { column: frame.places });
    expect(crowd).toEqual([2, 0, 1, 0, 1]);
    expect(byAction).toEqual([
      [1, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(
      census(frame, 5, { column: frame.places })
        .byAction.flat()
        .every((count) => count === 0),
    ).toBe(true);
  });

  it('is counted by a table of the column, and at one cluster before anybody can be told apart', () => {
    const frame = { run: 0, tick: 0, key: true, actionCount: 2, places: new Uint8Array(3) };
    const column = Uint16Array.of(5, 0, 5);
    expect(census(frame, 3, { column, table: Uint8Array.of(2, 9, 9, 9, 9, 1) }).crowd).toEqual([0, 2, 1]);
    expect(census(frame, 3, { everybody: 0 }).crowd).toEqual([3, 0, 0]);
  });
});

describe('labels of many places', () => {
  it('lie above, below or beside a place, and on no other place', () => {
    const ring = Array.from({ length: 12 }, (_, i) => {
      const angle = (i * Math.PI) / 6;
      return { name: String(i), x: 0.5 + 0.45 * Math.cos(angle), y: 0.5 + 0.45 * Math.sin(angle) };
    });
    const layout = layOut(1020, 470, ring);
    const sides = ring.map((_, i) => labelSide(layout, i));
    expect(sides[0]).toBe('right');
    expect(sides[6]).toBe('left');
    expect(sides).toContain('above');
    expect(sides).toContain('below');
  });
});

describe('clusters without a map', () => {
  const columns = (width: number, height: number, count: number) => {
    const clusters = Array.from({ length: count }, (_, i) => ({ name: String(i) }));
    return new Set(layOut(width, height, clusters, { joined: false }).places.map(({ x }) => Math.round(x))).size;
  };

  it('lie in as many columns as the picture is wide', () => {
    expect([1, 2, 3, 12].map((count) => columns(856, 270, count))).toEqual([1, 2, 3, 6]);
    expect([1, 12].map((count) => columns(366, 290, count))).toEqual([1, 3]);
    expect(columns(300, 1200, 3)).toBe(1);
  });

  it('have labels that do not lie on each other', () => {
    for (const [width, height] of [
      [856, 270],
      [428, 150],
      [366, 290],
      [2300, 1000],
    ] as const) {
      const clusters = Array.from({ length: 12 }, (_, i) => ({ name: String(i) }));
      const { places, labelWidth } = layOut(width, height, clusters, { joined: false });
      const row = places.filter(({ y }) => y === places[0]!.y).map(({ x }) => x);
      for (const [i, x] of row.slice(1).entries()) expect(x - row[i]!).toBeGreaterThanOrEqual(labelWidth);
      expect(Math.min(...row)).toBeGreaterThanOrEqual(labelWidth / 2);
    }
  });
});
