import { describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

/** A screen that remembers, and a clock that a test turns. */
function stage({ isTTY, columns = 100, env = {} }: { isTTY: boolean; columns?: number; env?: Record<string, string> }) {
  let written = '';
  let ms = 0;
  const terminal = new Terminal({ isTTY, columns, write: (text) => (written += text) }, { now: () => ms, env });
  return {
    terminal,
    wait: (seconds: number) => (ms += seconds * 1000),
    read: () => {
      const text = written;
      written = '';
      return text;
    },
  };
}
const asking = (done: number, of = 1000) => ({ stage: 'asking tiny', done, of });

describe('away from a terminal', () => {
  it('writes a plain line every few seconds, with rate and time left, and one at the end', () => {
    const { terminal, wait, read } = stage({ isTTY: false });
    terminal.progress(asking(0));
    for (let done = 10; done <= 500; done += 10) {
      wait(0.1);
      terminal.progress(asking(done));
    }
    expect(read()).toBe('asking tiny  0/1,000 0 %\nasking tiny  500/1,000 50 %  100/s  5.0 s left\n');
    wait(5);
    terminal.progress(asking(1000));
    terminal.end();
    expect(read()).toMatch(/\n✓ asking tiny: 1,000 in 10 s\n$/);
  });

  it('never writes a control sequence', () => {
    const { terminal, wait, read } = stage({ isTTY: false });
    terminal.progress(asking(0));
    wait(9);
    terminal.progress(asking(600));
    terminal.log('a line');
    terminal.log(terminal.error('an error'));
    terminal.end();
    const text = read();
    expect(text).toContain('a line\n');
    expect([...text].filter((letter) => letter < ' ' && letter !== '\n')).toEqual([]);
  });
});

describe('on a terminal', () => {
  it('redraws one line, at most ten times a second, no wider than the terminal', () => {
    const { terminal, wait, read } = stage({ isTTY: true, columns: 40 });
    for (let done = 0; done < 1000; done++) {
      wait(0.01);
      terminal.progress({ ...asking(done), note: 'a note that is far too long for this narrow terminal' });
    }
    const drawn = read().split('\r\u001b[2K').slice(1);
    expect(drawn.length).toBeGreaterThan(80);
    expect(drawn.length).toBeLessThan(120);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(40);
    expect(drawn.join('')).not.toContain('\n');
  });

  it('keeps log lines whole: the live line goes away before and comes back after', () => {
    const { terminal, wait, read } = stage({ isTTY: true });
    terminal.progress(asking(1));
    read();
    terminal.log('asking once more');
    expect(read()).toBe('\r\u001b[2Kasking once more\n');
    wait(0.01);
    terminal.progress(asking(2));
    expect(read()).toMatch(/asking tiny/);
  });

  it('closes a complete stage before the next line', () => {
    const { terminal, wait, read } = stage({ isTTY: true, env: { NO_COLOR: '1' } });
    terminal.progress(asking(0));
    wait(2);
    terminal.progress(asking(1000));
    read();
    terminal.log('[2/5] dataset');
    terminal.end();
    expect(read()).toBe('\r\u001b[2K✓ asking tiny: 1,000 in 2.0 s\n[2/5] dataset\n');
  });

  it('takes the rate from the last seconds, not from a burst of remembered answers', () => {
    const { terminal, wait, read } = stage({ isTTY: true });
    terminal.progress(asking(0));
    wait(0.05);
    terminal.progress(asking(800));
    for (let done = 801; done <= 840; done++) {
      wait(1);
      read();
      terminal.progress(asking(done));
    }
    expect(read()).toMatch(/1\/s {2}2 min 40 s left/);
  });

  it.each<Record<string, string>>([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('leaves colours out with %j', (env) => {
    const { terminal } = stage({ isTTY: true, env });
    expect(terminal.error('no')).toBe('no');
    expect(stage({ isTTY: true }).terminal.error('no')).toBe('\u001b[31mno\u001b[0m');
  });

  it('marks a stage that ended early as such', () => {
    const { terminal, read } = stage({ isTTY: true, env: { NO_COLOR: '1' } });
    terminal.progress(asking(10));
    read();
    terminal.end();
    expect(read()).toBe('\r\u001b[2K– asking tiny: 10 of 1,000 in 0.0 s\n');
  });
});

describe('stages that go on together', () => {
  const together = ['training logistic', 'training mlp'];
  const epoch = (student: string, done: number, loss: string) => ({
    stage: `training ${student}`,
    together,
    done,
    of: 80,
    figures: { loss },
  });

  /** Cells of each line, without the alignment. */
  const cells = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/));

  it('are a table on a terminal, redrawn in place, that stays with its last state', () => {
    const { terminal, wait, read } = stage({ isTTY: true, env: { NO_COLOR: '1' } });
    terminal.progress(epoch('mlp', 0, '–'));
    expect(cells(read())).toEqual([
      ['training', 'loss'],
      ['logistic', '░░░░░░░░░░', 'waiting'],
      ['mlp', '░░░░░░░░░░', '0/80', '–'],
    ]);
    wait(4);
    terminal.progress(epoch('mlp', 20, '.0500'));
    const [up, redrawn] = read().split('\u001b[J');
    expect(up).toBe('\r\u001b[2A');
    expect(cells(redrawn!)[2]).toEqual(['mlp', '███░░░░░░░', '20/80', '.0500', '12 s left']);
    terminal.log('a line');
    expect(read()).toBe('\r\u001b[2A\u001b[Ja line\n');
    wait(1);
    terminal.progress(epoch('logistic', 80, '.1000'));
    wait(1);
    terminal.progress({ stage: 'training mlp', together, done: 40, of: 40, note: 'stopped early' });
    wait(3);
    read();
    terminal.log('done');
    expect(cells(read().split('\u001b[J')[1]!)).toEqual([
      ['training', 'loss'],
      ['logistic', '██████████', '80/80', '.1000', '✓ 0.0 s'],
      ['mlp', '██████████', '40/40', '.0500', '✓ 6.0 s'],
      ['done'],
      [''],
    ]);
  });

  it('are lines of their own elsewhere, each closed once when it is complete', () => {
    const { terminal, wait, read } = stage({ isTTY: false });
    terminal.progress(epoch('mlp', 0, ''));
    terminal.progress(epoch('logistic', 0, ''));
    wait(6);
    terminal.progress(epoch('mlp', 10, '.0500'));
    terminal.progress(epoch('logistic', 80, '.1000'));
    terminal.log('a line between');
    wait(1);
    terminal.progress(epoch('mlp', 80, '.0200'));
    terminal.log('done');
    expect(
      read()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'training mlp  0/80 0 %  loss',
      'training logistic  0/80 0 %  loss',
      'training mlp  10/80 12 %  1.7/s  42 s left  loss .0500',
      '✓ training logistic: 80 in 6.0 s, loss .1000',
      'a line between',
      '✓ training mlp: 80 in 7.0 s, loss .0200',
      'done',
      '',
    ]);
  });
});
