/* oxlint-disable jsx-a11y/prefer-tag-over-role -- there is no element for a line of a tree */
import { ChevronDown, ChevronRight, CornerDownRight, EllipsisVertical, Plus, StickyNote, Waypoints } from 'lucide-react';
import { memo, type MouseEvent, type ReactNode } from 'react';
import { describeType } from '../../shared/catalog/index.ts';
import type { Position } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import { CatalogIcon } from '../editor/catalog-icon.tsx';
import { useChannel } from '../editor/channel-state.tsx';
import { nameOf } from '../editor/document.ts';
import { useNodeMark, type NodeMark } from '../editor/marks.ts';
import { kindOf, nodeLabel } from '../editor/roles.ts';
import { useEditor } from '../editor/store.ts';
import { classNames } from '../ui/class-names.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { itemName, type NodeItem, type OutlineItem, type OutlineRow } from './tree.ts';

interface LineProps {
  row: OutlineRow;
  /** The one that Tab leads to. */
  isCurrent: boolean;
  /** Absent: nothing is below it. */
  isOpen: boolean | undefined;
  hasMenu: boolean;
  actions: LineActions;
}

/** What lines tell the tree around them. */
export interface LineActions {
  focus: (item: OutlineItem) => void;
  choose: (item: OutlineItem) => void;
  toggle: (item: OutlineItem) => void;
  /** @param at px of the window */
  openMenu: (item: OutlineItem, at: Position) => void;
}

/** One line of the outline: what it is, how it is, and its menu. */
export const OutlineLine = memo(function OutlineLine(props: LineProps) {
  const { item } = props.row;
  if (item.kind === 'node') return <NodeLine {...props} item={item} />;
  const Icon = icons[item.kind];
  const isOpenEnd = item.kind === 'open' || (item.kind === 'way' && item.children.length === 0);
  const name = itemName(item);
  return (
    <Line {...props} icon={<Icon size={15} aria-hidden />} label={spokenName(item.kind, name, isOpenEnd)}>
      <span className={classNames('truncate text-sm', isOpenEnd ? 'text-ink-soft' : item.kind === 'way' ? 'font-medium' : '')}>{name}</span>
    </Line>
  );
});

const icons = { link: CornerDownRight, open: Plus, way: Waypoints, note: StickyNote };

function spokenName(kind: keyof typeof icons, name: string, isOpenEnd: boolean): string {
  if (isOpenEnd) return `${name}. Enter adds a step.`;
  if (kind === 'link') return `${name}, listed above`;
  return kind === 'note' ? `Note: ${name}` : `Way ${name}`;
}

function NodeLine({ item, ...line }: LineProps & { item: NodeItem }) {
  const { node } = item;
  const channel = useChannel(node.id);
  const mark = useNodeMark(node.id);
  const problems = useEditor((state) => state.problems).filter(({ nodeId, level }) => nodeId === node.id && level !== 'info');
  const isSelected = useEditor((state) => state.selection.nodeIds.has(node.id));
  const state = channel && `channel ${channel.health}`;
  const said = [nodeLabel(node, problems, state), item.isCutOff && 'nothing leads to it', markText(mark), problemsText(problems)];
  return (
    <Line
      {...line}
      isSelected={isSelected}
      icon={<CatalogIcon name={describeType(node.type)?.icon} size={15} />}
      label={said.filter(Boolean).join('. ')}
    >
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{nameOf(node)}</span>
        <span className="text-ink-faint block truncate text-xs">
          {[kindOf(node.type), state, item.isCutOff && 'nothing leads to it', markText(mark)].filter(Boolean).join(' · ')}
        </span>
      </span>
      {problems[0] && (
        <span title={problemsText(problems)} className="tabular flex shrink-0 items-center gap-1 text-xs">
          <ProblemIcon level={problems[0].level} size={14} />
          {problems.length > 1 && problems.length}
        </span>
      )}
    </Line>
  );
}

function Line({
  row: { item, level, place, siblings },
  isCurrent,
  isOpen,
  isSelected = false,
  icon,
  label,
  children,
  hasMenu,
  actions,
}: Omit<LineProps, 'item'> & { isSelected?: boolean; icon: ReactNode; label: string; children: ReactNode }) {
  const openMenu = (event: MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    actions.openMenu(item, { x: box.left, y: box.bottom });
  };
  return (
    // Its keys are those of the tree around it.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="treeitem"
      aria-label={label}
      aria-level={level}
      aria-posinset={place}
      aria-setsize={siblings}
      aria-selected={isSelected}
      aria-expanded={isOpen}
      tabIndex={isCurrent ? 0 : -1}
      data-key={item.key}
      onFocus={(event) => {
        if (event.target === event.currentTarget) actions.focus(item);
      }}
      onClick={() => actions.focus(item)}
      onDoubleClick={() => actions.choose(item)}
      onContextMenu={(event) => {
        if (!hasMenu) return;
        event.preventDefault();
        openMenu(event);
      }}
      style={{ paddingLeft: 4 + (level - 1) * 20, contentVisibility: 'auto', containIntrinsicSize: 'auto 40px' }}
      className={classNames(
        'group hover:bg-sunken flex min-h-9 cursor-default items-center gap-2 rounded-md py-0.5 pr-1 outline-offset-[-2px]',
        isSelected && 'bg-accent-soft',
      )}
    >
      {isOpen === undefined ? (
        <span className="size-6 shrink-0" />
      ) : (
        // To people who don't see it, it is the state of the line.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
        <span
          aria-hidden
          className="text-ink-faint flex size-6 shrink-0 cursor-pointer items-center justify-center"
          onClick={(event) => {
            event.stopPropagation();
            actions.toggle(item);
          }}
        >
          {isOpen ? <ChevronDown size={15} /> : <ChevronRight size={15} />}
        </span>
      )}
      <span className="text-ink-soft shrink-0">{icon}</span>
      {children}
      {hasMenu && (
        <IconButton
          size="sm"
          label={`Actions for ${itemName(item)}`}
          icon={<EllipsisVertical size={15} aria-hidden />}
          // By keyboard: the menu key, or each command's own key.
          tabIndex={-1}
          className="ml-auto opacity-0 group-hover:opacity-100 group-focus:opacity-100 focus:opacity-100 pointer-coarse:opacity-100"
          onClick={(event) => {
            event.stopPropagation();
            openMenu(event);
          }}
        />
      )}
    </div>
  );
}

/** "3 completed, 1 failed": what counters, a run or a search say of the node. */
function markText(mark: NodeMark | undefined): string {
  return [mark?.line, ...(mark?.badges ?? []).map(({ text }) => text), mark?.spoken].filter(Boolean).join(', ');
}

function problemsText(problems: Problem[]): string {
  return problems.map(({ message }) => message).join(' ');
}
