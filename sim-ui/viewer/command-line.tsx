/** A command to type elsewhere: its lines break between words, and within one only where it is wider than a line. */
export function CommandLine({ text }: { text: string }) {
  const words = text.split(' ');
  return (
    <code class="command-line">
      {words.map((word, i) => (
        <>
          <span>{word}</span>
          {i < words.length - 1 && ' '}
        </>
      ))}
    </code>
  );
}
