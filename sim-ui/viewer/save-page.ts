import { replySchema } from '../protocol/socket.ts';
import { socket } from './connection.ts';

/** The bytes of a page that shows a run without a server. @throws if the server says why it cannot */
export const savePage = (run: number): Promise<Uint8Array<ArrayBuffer>> =>
  new Promise((resolve, reject) => {
    const lost = () => reject(new Error('The connection was lost before the page was written.'));
    socket.once('disconnect', lost);
    socket.emit('save', { run }, (payload, file) => {
      socket.off('disconnect', lost);
      const reply = replySchema.safeParse(payload);
      if (reply.success && reply.data.ok && file) resolve(new Uint8Array(file));
      else reject(new Error(reply.success && !reply.data.ok ? reply.data.message : 'The server sent no page.'));
    });
  });
