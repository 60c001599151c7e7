/* oxlint-disable jsx-a11y/prefer-tag-over-role -- React Flow draws its handles as <div>; to people they are buttons */
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { Plus } from 'lucide-react';
import { memo, useRef, useState, type KeyboardEvent } from 'react';
import { configView, type AnyDescription } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { Output } from '../../shared/catalog/define.ts';
import { portsOf } from '../../shared/ports.ts';
import type { FlowEdge, FlowNode } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import { filledNode, useParameterValues } from '../parameters/filled.ts';
import { classNames } from '../ui/class-names.ts';
import type { Tone } from '../ui/tone.ts';
import { ChannelLine } from './channel-state.tsx';
import { tabStop } from './canvas-elements.ts';
import { nameOf } from './document.ts';
import { MarkBadges } from './mark-badges.tsx';
import { ProblemBadge } from './problem-badge.tsx';
import { useNodeMark } from './marks.ts';
import { inputAt, outputAt, sizeOf } from './node-size.ts';
import { NodeIcon, nodeShapes } from './node-shape.tsx';
import { roleTitles } from './roles.ts';
import { useEditor, useEditorStore } from './store.ts';

export type CanvasNode = Node<{ node: FlowNode; problems: Problem[]; isReadOnly: boolean }, 'flow'>;

/** Without its position: a node that is moved is not drawn again. */
export type NodeViewProps = Pick<NodeProps<CanvasNode>, 'data' | 'selected'>;

/** A node as people see it. */
export const NodeView = memo(function NodeView({ data: { node, problems, isReadOnly }, selected }: NodeViewProps) {
  const description = describeType(node.type);
  const role = description?.role ?? 'step';
  const name = nameOf(node);
  const isRenaming = useEditor((state) => state.renamingId === node.id);
  const { hasInput, outputs } = portsOf(node);
  const glow = useGlow(node.id);
  const mark = useNodeMark(node.id);

  return (
    <div
      style={sizeOf(node)}
      className={classNames(
        'bg-surface relative flex flex-col border px-3 transition-[border-color,box-shadow,opacity] duration-100',
        nodeShapes[role],
        glow === 'legal' ? 'border-accent ring-accent/25 ring-4' : selected ? 'border-accent ring-accent ring-1' : 'border-line-strong',
        (glow === 'illegal' || mark?.isFaded) && 'opacity-45',
        mark?.hasRing && mark.tone && `ring-2 ${toneRing[mark.tone]}`,
        selected ? 'shadow-md' : 'shadow-sm',
        '[.react-flow__node:focus-visible_&]:ring-accent [.react-flow__node:focus-visible_&]:ring-2',
      )}
    >
      {role !== 'step' && (
        <span className={classNames('text-ink-faint absolute bottom-full mb-1 text-[11px]/4', role === 'sender' ? 'left-6' : 'right-6')}>
          {roleTitles[role]}
        </span>
      )}
      <div className="flex h-[62px] shrink-0 items-center gap-3">
        <NodeIcon role={role} icon={description?.icon} />
        <div className="min-w-0 flex-1">
          {isRenaming ? (
            <NameInput node={node} name={name} />
          ) : (
            <div className="text-ink truncate text-sm font-medium" title={name}>
              {name}
            </div>
          )}
          <Subtitle node={node} description={description} line={mark?.line} />
        </div>
      </div>
      {outputs.length > 1 && <OutputLabels node={node} outputs={outputs} />}
      <MarkBadges mark={mark} />
      <span className="absolute -top-2.5 right-4">
        <ProblemBadge problems={problems} />
      </span>
      {role === 'sender' && <ChannelLine nodeId={node.id} />}
      {hasInput && <InputPort name={name} glow={glow} isReadOnly={isReadOnly} />}
      {outputs.map((output) => (
        <OutputPort key={output.port} node={node} name={name} output={output} isReadOnly={isReadOnly} />
      ))}
    </div>
  );
});

const toneRing: Record<Tone, string> = {
  neutral: 'ring-line-strong',
  accent: 'ring-accent',
  good: 'ring-good',
  warn: 'ring-warn',
  bad: 'ring-bad',
  info: 'ring-info',
};

/** With the values that its parameters had at the last deployment, else their defaults. */
function Subtitle({ node, description, line }: { node: FlowNode; description: AnyDescription | undefined; line: string | undefined }) {
  const values = useParameterValues();
  const text = description
    ? description.subtitle(configView(description, filledNode(node, description, values).config))
    : 'not known to this version';
  return (
    <div className="text-ink-faint truncate text-xs" title={text}>
      {line ?? text}
    </div>
  );
}

/** The end of a wire that is being drawn: may it end here? undefined when none is drawn, or this node is its start. */
export function useGlow(nodeId: string): 'legal' | 'illegal' | undefined {
  return useEditor(({ wire }) => {
    if (!wire || wire.nodeId === nodeId) return undefined;
    return wire.legal.has(nodeId) ? 'legal' : 'illegal';
  });
}

export function InputPort({ name, glow, isReadOnly }: { name: string; glow: 'legal' | 'illegal' | undefined; isReadOnly: boolean }) {
  return (
    <Handle
      type="target"
      position={Position.Left}
      className="port"
      style={{ top: inputAt }}
      role="button"
      aria-label={`Input of ${name}`}
      data-state={glow}
      isConnectable={!isReadOnly}
    />
  );
}

/** Drag it onto another node, or press it for a menu of what may follow. */
export function OutputPort({ node, name, output, isReadOnly }: { node: FlowNode; name: string; output: Output; isReadOnly: boolean }) {
  const store = useEditorStore();
  const { port, label } = output;
  const isOpenEnd = useEditor((state) => !usedOutputs(state.document.edges).has(`${node.id}\n${port}`));
  // Tab goes from the node it is at to the outputs of that node only.
  const isAtNode = useEditor((state) => tabStop(state) === node.id);
  const openMenu = (element: HTMLElement) => {
    if (isReadOnly) return;
    const box = element.getBoundingClientRect();
    store.getState().set({ stepMenu: { at: { x: box.right + 8, y: box.top - 8 }, purpose: { kind: 'append', from: node.id, port } } });
  };
  return (
    <Handle
      type="source"
      id={port === '' ? null : port}
      position={Position.Right}
      className="port"
      style={{ top: outputAt(node, port) }}
      role="button"
      tabIndex={isAtNode && !isReadOnly ? 0 : -1}
      aria-label={label === '' ? `Output of ${name}` : `Output ${label} of ${name}`}
      isConnectable={!isReadOnly}
      data-state={isOpenEnd ? 'open' : undefined}
      onClick={(event) => {
        event.stopPropagation();
        openMenu(event.currentTarget);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        openMenu(event.currentTarget);
      }}
    >
      {isOpenEnd && !isReadOnly && (
        <span className="border-accent bg-surface text-accent pointer-events-none absolute top-1/2 left-1/2 flex size-[18px] -translate-1/2 items-center justify-center rounded-full border-[1.5px]">
          <Plus size={12} strokeWidth={2.5} aria-hidden />
        </span>
      )}
    </Handle>
  );
}

const used = new WeakMap<FlowEdge[], Set<string>>();

/** Node and port of each connection's start; found once for all nodes. */
function usedOutputs(edges: FlowEdge[]): Set<string> {
  const outputs = used.get(edges) ?? new Set(edges.map(({ from, port = '' }) => `${from}\n${port}`));
  used.set(edges, outputs);
  return outputs;
}

/** The names of several outputs, each beside its port. */
function OutputLabels({ node, outputs }: { node: FlowNode; outputs: Output[] }) {
  return outputs.map(({ port, label }) => (
    <span
      key={port}
      style={{ top: outputAt(node, port) }}
      className="text-ink-soft absolute right-4 left-4 -translate-y-1/2 truncate text-right text-xs"
      title={label}
    >
      {label}
    </span>
  ));
}

function NameInput({ node, name }: { node: FlowNode; name: string }) {
  const store = useEditorStore();
  const [text, setText] = useState(name);
  const opener = useRef<Element | null>(null);
  const end = (isKept: boolean) => {
    const state = store.getState();
    if (state.renamingId !== node.id) return;
    state.set({ renamingId: null });
    if (isKept && text.trim() !== '' && text.trim() !== name) state.rename(node.id, text.trim());
  };
  const handleKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    end(event.key === 'Enter');
    if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
  };
  return (
    <input
      aria-label="Name"
      className="nodrag nopan border-accent bg-surface -mx-1 w-full rounded-sm border px-1 text-sm font-medium outline-none"
      value={text}
      maxLength={100}
      // The user asked for this field by F2 or double-click.
      ref={(element) => {
        if (!element || element.ownerDocument.activeElement === element) return;
        opener.current = element.ownerDocument.activeElement;
        element.select();
      }}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={handleKey}
      onBlur={() => end(true)}
    />
  );
}
