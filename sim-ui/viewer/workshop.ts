import { signal } from '@preact/signals';
import { replySchema } from '../protocol/socket.ts';
import {
  type Order,
  planSchema,
  type Results,
  resultsSchema,
  type Work,
  type WorkPlan,
  type WorkshopState,
  workshopSchema,
} from '../protocol/work.ts';
import { asked } from './ask.ts';
import { socket } from './connection.ts';
import { notice } from './store.ts';

/** What goes on in the workspace of the server; undefined until it has said so. */
export const workshop = signal<WorkshopState | undefined>(undefined);

/** Begins to listen. */
export function followWorkshop(): void {
  socket.on('workshop', (payload, acknowledge) => {
    const parsed = workshopSchema.safeParse(payload);
    if (parsed.success) workshop.value = parsed.data;
    else notice.value = 'The server sent something about work that this page does not understand. Reload the page.';
    acknowledge();
  });
}

const PATIENCE_MS = 30_000;

/** What an order would do. @throws Error with why it cannot be given */
export const planOf = (order: Order): Promise<WorkPlan> =>
  asked(planSchema, (answer) => socket.timeout(PATIENCE_MS).emit('work', { do: 'plan', order }, answer));

/** What lies in the workspace. @throws Error with why nobody can say */
export const readResults = (): Promise<Results> =>
  asked(resultsSchema, (answer) => socket.timeout(PATIENCE_MS).emit('results', {}, answer));

/** Begins or cancels work. @throws Error with why the server refuses */
export function tell(wish: Exclude<Work, { do: 'plan' }>): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!socket.connected) {
      reject(new Error('There is no server to tell.'));
      return;
    }
    socket.timeout(PATIENCE_MS).emit('work', wish, (lost: Error | null, payload?: unknown) => {
      const reply = replySchema.safeParse(payload);
      if (lost || !reply.success) reject(new Error('No answer has come.'));
      else if (!reply.data.ok) reject(new Error(reply.data.message));
      else resolve();
    });
  });
}
