import { Parser } from 'htmlparser2';
import { describe, expect, it } from 'vitest';
import { armed, htmlAttacks } from '../testing/html-attacks.ts';
import { maxPictureBytes, safeMailHtml } from './mail-html.ts';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const attack = { url: 'https://canary.test', script: "fetch('https://canary.test/ran')" };

/** The document without what stands around every mail. */
async function shown(html: string, pictureOf: (id: string) => Promise<Uint8Array | undefined> = async () => undefined): Promise<string> {
  const pieces = await Array.fromAsync(safeMailHtml(html, pictureOf));
  return pieces
    .join('')
    .replace(/^[\s\S]*?<\/head><body>/, '')
    .replace(/<\/body><\/html>$/, '');
}

/** What a browser could stumble over, as a parser sees it that knows nothing of the list of the code under test. */
function dangersIn(document: string): string[] {
  const found: string[] = [];
  const elements =
    /^(a|abbr|address|article|aside|b|bdi|bdo|big|blockquote|br|caption|center|cite|code|col|colgroup|dd|del|dfn|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|img|ins|kbd|li|main|mark|nav|ol|p|pre|q|s|samp|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|wbr)$/;
  const attributes =
    /^(align|valign|bgcolor|color|border|cellpadding|cellspacing|colspan|rowspan|span|width|height|size|face|dir|lang|start|value|type|nowrap|title|style|class|alt|src)$/;
  const parser = new Parser({
    onopentag(name, given) {
      if (!elements.test(name) || name === 'a') found.push(`<${name}>`);
      for (const [attribute, value] of Object.entries(given)) {
        if (!attributes.test(attribute)) found.push(`${name} ${attribute}`);
        if (attribute === 'src' && !/^data:image\/(png|jpeg|gif|webp);base64,[\w+/=]+$/.test(value)) found.push(`src ${value}`);
        if (attribute === 'style' && /url|expression|@|\\|position|\/\*|image-set|var\(|<|javascript/i.test(value))
          found.push(`style ${value}`);
        if (attribute === 'class' && !/^(link|address|left-out)$/.test(value)) found.push(`class ${value}`);
      }
    },
    oncomment: () => found.push('comment'),
    onprocessinginstruction: (name) => found.push(name),
  });
  parser.end(document);
  return found;
}

describe('attacks', () => {
  it.each(htmlAttacks)('$name: nothing of it is left but text', async (one) => {
    expect(dangersIn(await shown(armed(one, attack)))).toEqual([]);
  });

  it('are looked for by a check that finds them', () => {
    const bites = htmlAttacks.filter((one) => dangersIn(armed(one, attack)).length > 0);
    expect(bites.length).toBeGreaterThan(htmlAttacks.length * 0.9);
  });

  it('stay nothing whatever stands around them, and when they are read once more', async () => {
    const around = [
      '<table><tr><td>',
      '<p><a href="x">',
      '<svg><title>',
      '<math><mtext>',
      '<!--',
      '<select><option>',
      '<b style="color:red',
      "<div title='",
    ];
    for (const [index, one] of htmlAttacks.entries()) {
      const start = around[index % around.length] ?? '';
      const other = htmlAttacks[(index * 7 + 3) % htmlAttacks.length] ?? one;
      const document = await shown(start + armed(one, attack) + armed(other, attack));
      expect(dangersIn(document)).toEqual([]);
      expect(dangersIn(await shown(document))).toEqual([]);
    }
  });

  it('stay nothing wherever they are cut', async () => {
    for (const one of htmlAttacks.slice(0, 60)) {
      const html = armed(one, attack);
      for (let length = 1; length < html.length; length += 7) expect(dangersIn(await shown(html.slice(0, length)))).toEqual([]);
    }
  });
});

describe('what a mail looks like', () => {
  it.each([
    ['<p align="center">Hello <b>you</b></p>', '<p align="center">Hello <b>you</b></p>'],
    ['<h1 style="color:#333; font-size:14px; position:absolute">T</h1>', '<h1 style="color:#333;font-size:14px">T</h1>'],
    ['<font face="Arial, sans-serif" size="+1" color="red">x</font>', '<font color="red" size="+1" face="Arial, sans-serif">x</font>'],
    ['<td style=\'font-family:"Segoe UI",Arial\'>x</td>', '<td style="font-family:&quot;Segoe UI&quot;,Arial">x</td>'],
    ['<body bgcolor="#eee" onload="x()">b</body>', '<div bgcolor="#eee">b</div>'],
    ['<ul><li>a<li>b</ul>', '<ul><li>a</li><li>b</li></ul>'],
    ['a<br>b<hr/>c</p>', 'a<br>b<hr>c<p></p>'],
    ['1 < 2 &amp;&amp; 3 &gt; 2 &copy; &#8364;', '1 &lt; 2 &amp;&amp; 3 &gt; 2 © €'],
    ['<form><label>Name</label><input value="x"><button>Send</button></form>', 'NameSend'],
    ['<title>T</title><style>p{}</style><o:p>Word</o:p>', 'Word'],
    ['<!--[if mso]><p>no</p><![endif]--><![if !mso]><p>yes</p><![endif]>', '<p>yes</p>'],
    ['<span title="a\u202Eb">x</span>', '<span title="a⟨U+202E⟩b">x</span>'],
    ['<div><b>open', '<div><b>open</b></div>'],
  ])('%s', async (html, expected) => {
    expect(await shown(html)).toBe(expected);
  });

  it.each([
    ['<a href="https://a.test/">https://a.test</a>', '<span class="link">https://a.test</span>'],
    ['<a href="mailto:x@a.test">x@a.test</a>', '<span class="link">x@a.test</span>'],
    [
      '<a href="https://evil.test/">https://bank.test</a>',
      '<span class="link">https://bank.test</span><bdi class="address"> [https://evil.test/]</bdi>',
    ],
    ['<a href="javascript:alert(1)"><b>x</b></a>', '<span class="link"><b>x</b></span><bdi class="address"> [javascript:alert(1)]</bdi>'],
    ['<a href="https://a.test/\u202Egpj">p</a>', '<span class="link">p</span><bdi class="address"> [https://a.test/⟨U+202E⟩gpj]</bdi>'],
    ['<a href="#top">top</a><a name="x">y</a>', 'topy'],
  ])('a link is text and says where it leads: %s', async (html, expected) => {
    expect(await shown(html)).toBe(expected);
  });

  it('shows pictures that are in the mail, and says where one is missing', async () => {
    const source = `data:image/png;base64,${png.toString('base64')}`;
    const asked: string[] = [];
    const document = await shown(
      '<img src="cid:logo%40x" alt="Logo" width="20"><img src="cid:gone"><img src="https://t.test/a.png" alt="Ad">',
      async (id) => {
        asked.push(id);
        return id === 'logo@x' ? png : undefined;
      },
    );
    expect(asked).toEqual(['logo@x', 'gone']);
    expect(document).toBe(
      `<img width="20" alt="Logo" src="${source}"><span class="left-out">Picture not loaded</span><span class="left-out">Picture not loaded: Ad</span>`,
    );
    expect(await shown(`<img src="${source}">`)).toBe(`<img alt="" src="${source}">`);
    expect(await shown('<img src="https://t.test/p.gif" width="1" height="1">')).toBe('');
  });

  it('takes for a picture only what begins like one', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>');
    expect(await shown('<img src="cid:x">', async () => svg)).toContain('not loaded');
    expect(await shown(`<img src="data:image/png;base64,${svg.toString('base64')}">`)).toContain('not loaded');
  });

  it('shows no picture beyond 1 MiB, and no more than 10 MiB of them', async () => {
    const large = Buffer.concat([png, Buffer.alloc(maxPictureBytes - png.length)]);
    const tooLarge = Buffer.concat([large, Buffer.alloc(1)]);
    expect(await shown('<img src="cid:x">', async () => tooLarge)).toContain('not loaded');
    const document = await shown('<img src="cid:x">'.repeat(12), async () => large);
    expect(document.match(/src="data:/g)).toHaveLength(10);
    expect(document.match(/not loaded/g)).toHaveLength(2);
  });
});

describe('too much of it', () => {
  it.each([
    ['5 MB of text', '<p>Hello <a href="http://x.test/">you</a></p>\n'.repeat(110_000)],
    ['5 MB of elements that never end', '<b>'.repeat(1_700_000)],
    ['elements that never end and ends of others', '<b>'.repeat(300_000) + '</i></u>'.repeat(300_000)],
    ['paragraphs that end each other', '<p>'.repeat(300_000)],
    ['brackets', '<'.repeat(1_000_000)],
    ['half entities', '&#'.repeat(500_000)],
    ['one attribute of 5 MB', `<p title="${'x'.repeat(5_000_000)}">x`],
    ['200,000 attributes', `<p ${Array.from({ length: 200_000 }, (_, index) => `a${index}=1`).join(' ')}>x`],
    ['200,000 declarations', `<p style="${'color:red;'.repeat(200_000)}">x`],
    ['a comment that never ends', `<!--${'-'.repeat(5_000_000)}`],
    ['a link of 5 MB', `<a href="https://x.test/${'a'.repeat(5_000_000)}">${'b'.repeat(1_000_000)}</a>`],
    ['quotes in a style', `<p style="font-family:${`'"`.repeat(4_000)}">x`],
  ])(
    '%s is read in seconds, and safe',
    async (_, html) => {
      const since = performance.now();
      const document = await shown(html);
      expect(performance.now() - since).toBeLessThan(20_000);
      expect(dangersIn(document)).toEqual([]);
    },
    60_000,
  );

  it('says where it stops', async () => {
    expect(await shown('<div>'.repeat(100_000))).toContain('nested too deeply');
  });

  it('stops when nobody listens any more', async () => {
    const pieces = safeMailHtml('<p>x</p>'.repeat(1_000_000), async () => undefined);
    await pieces.next();
    await pieces.next();
    await pieces.return(undefined);
    expect((await pieces.next()).done).toBe(true);
  });
});
