import { afterEach, describe, expect, it, vi } from 'vitest';
import { findChromium } from './chromium.ts';

afterEach(() => vi.unstubAllEnvs());

describe('finding a Chromium', () => {
  it('takes the one that CHROME_PATH names', async () => {
    vi.stubEnv('CHROME_PATH', process.execPath);
    expect(await findChromium()).toBe(process.execPath);
  });

  it('says so when CHROME_PATH names no program', async () => {
    vi.stubEnv('CHROME_PATH', '/no/such/chrome');
    await expect(findChromium()).rejects.toThrow('CHROME_PATH is "/no/such/chrome", which is not a program');
  });
});
