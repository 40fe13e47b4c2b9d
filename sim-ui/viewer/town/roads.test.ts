import { describe, expect, it } from 'vitest';
import { evenly, ROAD_POINTS, roadsOf, waysOf } from './roads.ts';

const square = [
  { x: 0, y: 0 },
  { x: 10, y: 0 },
  { x: 10, y: 12 },
  { x: 0, y: 30 },
];

describe('roads', () => {
  it('join all places by the shortest net', () => {
    expect(roadsOf(square)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(roadsOf([])).toEqual([]);
    expect(roadsOf([{ x: 3, y: 3 }])).toEqual([]);
  });

  it('give a way between any two places, from the one to the other and the same way back', () => {
    const roads = roadsOf(square);
    const ways = waysOf(square, roads);
    const way = (from: number, to: number) =>
      Array.from({ length: ROAD_POINTS }, (_, k) => {
        const at = ((from * 4 + to) * ROAD_POINTS + k) * 2;
        return [ways[at]!, ways[at + 1]!];
      });
    expect(way(0, 3)[0]).toEqual([0, 0]);
    expect(way(0, 3).at(-1)).toEqual([0, 30]);
    way(0, 3).forEach(([x, y], k) => {
      const [bx, by] = way(3, 0)[ROAD_POINTS - 1 - k]!;
      expect(Math.hypot(x! - bx!, y! - by!)).toBeLessThan(0.01);
    });
    // Without roads the way is straight.
    const straight = waysOf(square, []);
    expect([...straight.slice((0 * 4 + 2) * ROAD_POINTS * 2).slice(0, 2)]).toEqual([0, 0]);
    expect(straight[(0 * 4 + 2) * ROAD_POINTS * 2 + 2]! * 12).toBeCloseTo(
      straight[(0 * 4 + 2) * ROAD_POINTS * 2 + 3]! * 10,
      4,
    );
  });

  it('are walked in even steps', () => {
    const points = evenly(
      [
        { x: 0, y: 0 },
        { x: 1, y: 0 },
        { x: 1, y: 9 },
      ],
      11,
    );
    const steps = points.slice(1).map((point, i) => Math.hypot(point.x - points[i]!.x, point.y - points[i]!.y));
    expect(points.at(-1)).toEqual({ x: 1, y: 9 });
    for (const step of steps) expect(step).toBeCloseTo(1, 6);
  });
});
