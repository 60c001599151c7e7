import { describeType } from '../../shared/catalog/index.ts';
import { portsOf } from '../../shared/ports.ts';
import { nameOf } from './document.ts';
import { useNodeMark } from './marks.ts';
import { outputAt, sizeOf } from './node-size.ts';
import { InputPort, OutputPort, useGlow, type NodeViewProps } from './node-view.tsx';

/** A node from afar: its outline, its name where that can be read, and whether something is wrong. Ports come with the selection. */
export function PlainNode({ data: { node, problems, isReadOnly }, selected }: NodeViewProps) {
  const name = nameOf(node);
  const { hasInput, outputs } = portsOf(node);
  const glow = useGlow(node.id);
  const mark = useNodeMark(node.id);
  const level = problems.some((problem) => problem.level === 'error')
    ? 'error'
    : problems.some((problem) => problem.level === 'warning')
      ? 'warning'
      : undefined;
  return (
    <div
      style={sizeOf(node)}
      className="plain-node"
      data-role={describeType(node.type)?.role ?? 'step'}
      data-selected={selected ? 'yes' : undefined}
      data-glow={glow}
      data-tone={mark?.hasRing || mark?.tone === 'bad' ? mark.tone : undefined}
      data-faded={mark?.isFaded ? 'yes' : undefined}
      data-problem={level}
      title={name}
    >
      <span className="plain-node-name">{name}</span>
      {selected && !isReadOnly ? (
        <>
          {hasInput && <InputPort name={name} glow={glow} isReadOnly={isReadOnly} />}
          {outputs.map((output) => (
            <OutputPort key={output.port} node={node} name={name} output={output} isReadOnly={isReadOnly} />
          ))}
        </>
      ) : (
        <>
          {/* Where React Flow finds the ends of connections. */}
          {hasInput && <i className="plain-port target" data-handlepos="left" style={{ top: 27 }} />}
          {outputs.map(({ port }) => (
            <i
              key={port}
              className="plain-port source"
              data-handlepos="right"
              data-handleid={port === '' ? undefined : port}
              style={{ top: outputAt(node, port) - 5 }}
            />
          ))}
        </>
      )}
    </div>
  );
}
