/**
 * For a process that works for its parent: hands what its parent sends to `take`, and lives no longer than the parent.
 * @returns sends to the parent; what is sent after it is gone is dropped
 */
export function serveParent<ToChild, FromChild>(take: (message: ToChild) => void): (message: FromChild) => void {
  // Ctrl-C reaches the whole process group: the parent decides what it ends.
  process.on('SIGINT', () => {});
  // Nothing here needs an orderly end, and leaving through native destructors can hang.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', take);
  return (message) => {
    if (process.connected) process.send!(message);
  };
}
