import { X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { fieldsOf, shownFields, type AnyDescription } from '../../shared/catalog/define.ts';
import { flowSettings } from '../../shared/catalog/flow-settings.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowNode } from '../../shared/flow.ts';
import { CatalogIcon } from '../editor/catalog-icon.tsx';
import { useCommandTools } from '../editor/command-tools.ts';
import { findNode, nameOf, settingsNode, wholeFlowId } from '../editor/document.ts';
import { kindOf } from '../editor/roles.ts';
import { MoreMenu } from '../editor/more-menu.tsx';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { useFilled } from '../parameters/filled.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { ChecklistTab } from './checklist-tab.tsx';
import { SettingsForm } from './settings-form.tsx';
import { tabsOf } from './values.ts';

/** The configuration of one node, at the right of the canvas: its checklist and the tabs of its form. */
export function PropertiesPanel({ nodeId }: { nodeId: string }) {
  const node = useEditor((state) => findNode(state.document, nodeId));
  const { isReadOnly } = useCommandTools();
  if (!node) return null;
  const description = describeType(node.type);
  return (
    <Panel
      icon={description?.icon}
      title={nameOf(node)}
      subtitle={kindOf(node.type)}
      summary={description?.summary}
      tools={!isReadOnly && <MoreMenu nodeId={nodeId} />}
    >
      {description ? (
        <NodeForm key={node.type} node={node} description={description} />
      ) : (
        <EmptyState
          title={`There is no adapter or step of type “${node.type}”.`}
          text="Delete it, or open the flow with the version of Mailroom it was drawn in."
        />
      )}
    </Panel>
  );
}

/** What is set for the flow as a whole, at the same place. */
export function FlowSettingsPanel() {
  const document = useEditor((state) => state.document);
  return (
    <Panel icon={flowSettings.icon} title={flowSettings.title} subtitle="For the whole flow" summary={flowSettings.summary}>
      <NodeForm node={settingsNode(document)} description={flowSettings} />
    </Panel>
  );
}

function Panel({
  icon,
  title,
  subtitle,
  summary,
  tools,
  children,
}: {
  icon: string | undefined;
  title: string;
  subtitle: string;
  /** What it does, in a sentence of its description. */
  summary?: string | undefined;
  tools?: ReactNode;
  children: ReactNode;
}) {
  const store = useEditorStore();
  return (
    <aside
      aria-label="Properties"
      className="border-line bg-surface flex w-[432px] max-w-full shrink-0 flex-col border-l max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-lg"
    >
      <header className="flex items-center gap-3 py-2.5 pr-2 pl-4">
        <CatalogIcon name={icon} size={18} className="text-ink-soft shrink-0" />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-sm font-semibold">{title}</h2>
          <p className="text-ink-faint truncate text-xs">{subtitle}</p>
        </div>
        {tools}
        <IconButton
          size="sm"
          label="Close properties"
          icon={<X size={16} aria-hidden />}
          onClick={() => store.getState().openProperties(null)}
        />
      </header>
      {summary !== undefined && <p className="text-ink-soft px-4 pb-2 text-xs">{summary}</p>}
      {children}
    </aside>
  );
}

const checklistTab = 'Checklist';

function NodeForm({ node, description }: { node: FlowNode; description: AnyDescription }) {
  const { isReadOnly } = useCommandTools();
  const wanted = useEditor((state) => state.wantedField);
  const problems = useEditor((state) => state.problems);
  const fields = fieldsOf(description);
  // The checklist is there to act on.
  const tabs = [...(description.checklist.length > 0 && !isReadOnly ? [checklistTab] : []), ...tabsOf(fields)];
  const [tab, setTab] = useState(() => firstTab(tabs));

  const filled = useFilled(node, description);
  const shown = shownFields(description, filled.config);
  // Somebody asked for a field: its tab comes first, then the form puts the cursor into it.
  const wantedTab = wanted?.isFocused === false ? shown.find(({ key }) => key === wanted.key)?.info.tab : undefined;
  if (wantedTab !== undefined && wantedTab !== tab) setTab(wantedTab);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Tabs
        label="Settings"
        value={tab}
        onChange={setTab}
        className="flex-1"
        panelClassName="overflow-y-auto"
        tabs={tabs.map((name) => {
          const keys = new Set(shown.filter(({ info }) => info.tab === name).map(({ key }) => key));
          const problem = problems.find(
            ({ nodeId = wholeFlowId, field, level }) => nodeId === node.id && level !== 'info' && field !== undefined && keys.has(field),
          );
          return {
            value: name,
            label: (
              <>
                {name} {problem && <ProblemIcon level={problem.level} size={13} />}
              </>
            ),
            panel:
              name === checklistTab ? (
                <ChecklistTab node={filled} description={description} />
              ) : (
                <fieldset disabled={isReadOnly} className="min-w-0">
                  <SettingsForm node={node} description={description} fields={shown.filter(({ info }) => info.tab === name)} />
                </fieldset>
              ),
          };
        })}
      />
    </div>
  );
}

/** Name and description come last in interest: a form without checklist opens on what the node does. */
function firstTab(tabs: string[]): string {
  const [first = '', second] = tabs;
  return first === 'General' && second !== undefined ? second : first;
}
