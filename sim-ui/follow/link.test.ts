import { setTimeout } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Carrier } from './carrier.ts';
import { Link } from './link.ts';
import { pack, unpack } from './packet.ts';

/** Carries within this process, unless a packet is to be lost. */
class Air implements Carrier {
  readonly name = 'the air';
  readonly prefix = 'air';
  readonly turns = NEVER;
  readonly ears = new Map<string, (bytes: Buffer) => void>();
  /** Bytes that are on their way, and the most that were. */
  underWay = 0;
  most = 0;
  lose: (channel: string, bytes: Uint8Array) => boolean = () => false;

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    const copy = Buffer.from(bytes);
    const ear = this.ears.get(channel);
    if (!ear) return 0;
    this.underWay += copy.length;
    this.most = Math.max(this.most, this.underWay);
    setImmediate(() => {
      this.underWay -= copy.length;
      if (!this.lose(channel, copy)) ear(copy);
    });
    return 1;
  }
  async listen(channel: string, hear: (bytes: Buffer) => void) {
    this.ears.set(channel, hear);
    return () => void this.ears.delete(channel);
  }
  close() {}
}

const links: Link[] = [];
afterEach(() => {
  for (const link of links.splice(0)) void link.close();
});

async function pair() {
  const air = new Air();
  const heard: unknown[] = [];
  const ends: string[] = [];
  const end = async (out: string, into: string) => {
    const link = await Link.open(air, {
      ...{ out, in: into },
      hear: (message) => heard.push(message),
      onEnd: (why) => ends.push(`${into}: ${why}`),
    });
    links.push(link);
    return link;
  };
  return { air, heard, ends, a: await end('b', 'a'), b: await end('a', 'b') };
}

const until = async (condition: () => boolean) => {
  for (let i = 0; !condition() && i < 400; i++) await setTimeout(5);
  expect(condition()).toBe(true);
};

describe('a packet', () => {
  it('holds bytes at any depth beside text of any length, aligned, and says when it is damaged', () => {
    const message = {
      words: '½ town',
      none: null,
      parts: [Uint8Array.of(1, 2, 3), new Uint8Array(0)],
      at: { depth: Buffer.from('frame') },
    };
    const packet = pack(message);
    const back = unpack(packet) as typeof message;
    expect(back).toEqual({ ...message, at: { depth: new Uint8Array(Buffer.from('frame')) } });
    expect((back.at.depth.byteOffset - packet.byteOffset) % 8).toBe(0);
    expect(() => unpack(packet.subarray(0, -1))).toThrow('expected a message of');
  });
});

describe('a link', () => {
  it('brings messages of any size whole and in order, with a bounded part of them on its way', async () => {
    const { air, heard, a, b } = await pair();
    const large = new Uint8Array(6e6).fill(7).fill(9, 3e6);
    a.send({ number: 1, large });
    a.send({ number: 2 });
    b.send({ number: 3 });
    await until(() => heard.length === 3);
    const numbers = heard.map((message) => (message as { number: number }).number);
    expect(numbers).toEqual([3, 1, 2]);
    expect(Buffer.compare((heard[1] as { large: Uint8Array }).large, large)).toBe(0);
    expect(air.most).toBeLessThan(16 * (256 * 1024 + 8) + 100);
  });

  it('is over where a piece was lost, where nobody is at the other end, and with a farewell', async () => {
    const lossy = await pair();
    lossy.air.lose = (channel, bytes) => channel === 'b' && bytes[0] === 2 && bytes[4] === 2;
    for (const number of [1, 2, 3]) lossy.a.send({ number });
    await until(() => lossy.ends.length > 0);
    expect(lossy.heard).toEqual([{ number: 1 }]);
    expect(lossy.ends[0]).toBe('b: said something that was lost on the way');

    const left = await pair();
    await left.b.close('is served no more');
    await until(() => left.ends.length > 0);
    expect(left.ends).toEqual(['a: is served no more']);

    const killed = await pair();
    killed.b.send({ number: 0 });
    await until(() => killed.heard.length > 0);
    killed.air.ears.delete('b');
    killed.a.send({ number: 1 });
    await until(() => killed.ends.length > 0);
    expect(killed.ends).toEqual(['a: is not there any more']);
  });
});
