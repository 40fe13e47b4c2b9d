import { describe, expect, it } from 'vitest';
import { html, inlineSvg } from './html.ts';

describe('html', () => {
  it('escapes text and keeps markup', () => {
    expect(
      html`<p title="${'"'}">${'a < b & c'}${html`<b>${1}</b>`}${undefined}${['x', html`<i>y</i>`]}</p>`.text,
    ).toBe('<p title="&#34;">a &#60; b &#38; c<b>1</b>x<i>y</i></p>');
  });

  it('gives the ids of an SVG a prefix wherever they are used', () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" version="1.1"><g role="graphics-object" aria-label="x"/><clipPath id="a"/><g clip-path="url(#a)"/><use xlink:href="#a"/></svg>';
    expect(inlineSvg(svg, 'f1').text).toBe(
      '<svg><g/><clipPath id="f1-a"/><g clip-path="url(#f1-a)"/><use href="#f1-a"/></svg>',
    );
  });
});
