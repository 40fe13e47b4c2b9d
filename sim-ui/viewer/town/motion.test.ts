import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { layOut, radiusOf } from './layout.ts';
import { agentNear, type Move, multiplierOf, onTheWay, positionOf, seatsOf, standing } from './motion.ts';

const places = Object.entries(iceCream.map!.places).map(([name, [x, y]]) => ({ name, x, y }));

describe('a crowd', () => {
  it('stands evenly in the unit disc: a quarter of the people within half the radius', () => {
    const within = Array.from({ length: 1000 }, (_, i) => Math.hypot(...standing(i, 1000)));
    expect(Math.max(...within)).toBeLessThanOrEqual(1);
    expect(within.filter((radius) => radius < 0.5)).toHaveLength(250);
  });

  it('gives everybody a seat of their own, and mixes people whose numbers are in a row', () => {
    for (const agents of [1, 2, 10, 1000, 10_007]) {
      const multiplier = multiplierOf(agents);
      const seats = new Set(Array.from({ length: agents }, (_, i) => (i * multiplier) % agents));
      expect(seats.size).toBe(agents);
    }
    // The product fits 32 bits, as the shader needs it.
    for (const agents of [100_000, 1_000_000, 30_000_000])
      expect((agents - 1) * multiplierOf(agents)).toBeLessThan(2 ** 32);
    const first = Array.from({ length: 500 }, (_, i) => Math.hypot(...standing(i, 100_000)));
    const inner = first.filter((radius) => radius < Math.SQRT1_2).length;
    expect(Math.abs(inner - 250)).toBeLessThan(25);
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

  it('keeps its seats while others come and go, and leaves none empty', () => {
    const column = Uint8Array.from({ length: 1000 }, (_, i) => i % 3);
    const moved = column.map((place, i) => (i % 7 === 0 ? 2 - place : place));
    const crowdOf = (places: Uint8Array) => [0, 1, 2].map((place) => places.filter((one) => one === place).length);
    const first = seatsOf(1000, { column }, crowdOf(column));
    const next = seatsOf(1000, { column: moved }, crowdOf(moved), { who: { column }, seats: first });
    for (const [places, seats] of [
      [column, first],
      [moved, next],
    ] as const)
      crowdOf(places).forEach((count, place) => {
        const own = [...seats].filter((_, agent) => places[agent] === place).sort((a, b) => a - b);
        expect(own).toEqual(Array.from({ length: count }, (_, i) => i));
      });
    const stayed = [...first.keys()].filter((i) => column[i] === moved[i] && first[i]! < crowdOf(moved)[moved[i]!]!);
    expect(stayed.every((agent) => next[agent] === first[agent])).toBe(true);
  });

  it('keeps to the roads on its way', () => {
    const layout = layOut(1050, 515, places);
    const radii = places.map(() => radiusOf(layout, 0.2));
    const [home, work, street] = ['home', 'work', 'street'].map((name) => places.findIndex((one) => one.name === name));
    const column = (place: number) => ({ column: new Uint8Array(100).fill(place) });
    const move: Move = { agents: 100, from: column(home!), to: column(work!), fromRadius: radii, toRadius: radii };
    const middle = layout.places[street!]!;
    // The way from home to work leads through the street: everybody comes within a road's width of it.
    for (const agent of [0, 17, 99]) {
      const nearest = Math.min(
        ...Array.from({ length: 400 }, (_, i) => {
          const [x, y] = positionOf(layout, move, agent, i / 400);
          return Math.hypot(x - middle.x, y - middle.y);
        }),
      );
      expect(nearest).toBeLessThan(30);
    }
  });
});

describe('picking', () => {
  const layout = layOut(1050, 515, places);
  const radii = [0, 1, 2, 3, 4].map(() => radiusOf(layout, 0.2));
  const moveOf = (agents: number): Move => ({
    agents,
    from: { column: Uint8Array.from({ length: agents }, (_, i) => i % 5) },
    to: { column: Uint8Array.from({ length: agents }, (_, i) => (i * 7) % 5) },
    fromRadius: radii,
    toRadius: radii,
  });

  it('finds the agent that is drawn at a point, at rest and on its way', () => {
    const move = moveOf(2000);
    for (const progress of [0, 0.5, 1])
      for (const agent of [0, 42, 1999]) {
        const at = positionOf(layout, move, agent, progress);
        const found = agentNear(layout, move, progress, at, 14)!;
        expect(positionOf(layout, move, found, progress)).toEqual(at);
      }
  });

  it('finds one of many by where they stand', () => {
    const move = moveOf(200_000);
    for (const agent of [0, 4242, 199_999])
      expect(agentNear(layout, move, 1, positionOf(layout, move, agent, 1), 14)).toBe(agent);
  });

  it('finds nobody where nobody is near', () => {
    for (const agents of [2000, 200_000]) expect(agentNear(layout, moveOf(agents), 1, [2, 512], 14)).toBeNull();
  });
});
