import { main } from './main.ts';

/** Runs a command in this process, with what it printed. */
export async function understudy(...args: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await main(args, {
    stdout: { write: (text: string) => void (stdout += text) },
    stderr: { write: (text: string) => void (stderr += text), isTTY: false } as never,
  });
  return { code, stdout, stderr };
}

/** What a command printed with `--json`: the last line. */
export const json = ({ stdout }: { stdout: string }) => JSON.parse(stdout.trim().split('\n').at(-1)!);
