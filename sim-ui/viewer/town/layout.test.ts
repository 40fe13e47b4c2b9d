import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import {
  agentNear,
  census,
  labelAbove,
  labelDistance,
  labelSide,
  layOut,
  type Move,
  onTheWay,
  positionOf,
  radiusOf,
  standing,
} from './layout.ts';

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
    const { crowd, byAction } = census({ ...frame, played }, 5);
    expect(crowd).toEqual([2, 0, 1, 0, 1]);
    expect(byAction).toEqual([
      [1, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(
      census(frame, 5)
        .byAction.flat()
        .every((count) => count === 0),
    ).toBe(true);
  });

  it('stands evenly in the unit disc: a quarter of the people within half the radius', () => {
    const within = Array.from({ length: 1000 }, (_, i) => Math.hypot(...standing(i, 1000)));
    expect(Math.max(...within)).toBeLessThanOrEqual(1);
    expect(within.filter((radius) => radius < 0.5)).toHaveLength(250);
  });

  it('has not moved at the start of a move and has arrived at its end', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1, noNaN: true }), (agent, progress) => {
        expect(onTheWay(agent, 0)).toBe(0);
        expect(onTheWay(agent, 1)).toBe(1);
        expect(onTheWay(agent, progress)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('picking', () => {
  const layout = layOut(1050, 515, places);
  const from = Uint8Array.from({ length: 2000 }, (_, i) => i % 5);
  const to = Uint8Array.from({ length: 2000 }, (_, i) => (i * 7) % 5);
  const radii = [0, 1, 2, 3, 4].map(() => radiusOf(layout, 0.2));
  const move: Move = { from, to, fromRadius: radii, toRadius: radii };

  it('finds the agent that is drawn at a point, at rest and on its way', () => {
    for (const progress of [0, 0.5, 1])
      for (const agent of [0, 42, 1999]) {
        const [x, y] = positionOf(layout, move, agent, progress);
        const found = agentNear(layout, move, progress, x, y)!;
        expect(positionOf(layout, move, found, progress)).toEqual([x, y]);
      }
  });

  it('finds nobody where nobody is near', () => {
    expect(agentNear(layout, move, 1, 2, 512)).toBeNull();
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
