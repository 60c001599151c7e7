import { useMemo, useRef } from 'react';
import { catalog, describeType } from '../../shared/catalog/index.ts';
import { ChoiceList } from './choice-list.tsx';
import type { Choice } from './choices.ts';
import { commandsFor } from './command-list.ts';
import { useCommandTools } from './command-tools.ts';
import type { CommandTools } from './commands.ts';
import { nameOf } from './document.ts';
import { kindOf } from './roles.ts';
import { useEditor, useEditorStore } from './store.ts';
import { currentTarget } from './target.ts';

/** Everything that can be done now, found by name: commands, ways to nodes, steps to add. */
export function CommandPalette() {
  const isOpen = useEditor((state) => state.overlay === 'commands');
  return isOpen && <OpenPalette />;
}

function OpenPalette() {
  const store = useEditorStore();
  const { tools, isReadOnly } = useCommandTools();
  const dialog = useRef<HTMLDialogElement>(null);
  // What it was when the palette was opened: behind it nothing changes.
  const choices = useMemo(() => choicesNow(tools, isReadOnly), [tools, isReadOnly]);

  const close = (chosen?: Choice) => {
    // Gives the focus back to where it was, so that the choice works there and may move it.
    dialog.current?.close();
    store.getState().set({ overlay: null });
    chosen?.choose();
  };

  return (
    <dialog
      ref={(element) => {
        dialog.current = element;
        if (element && !element.open) element.showModal();
      }}
      aria-label="Commands"
      onCancel={() => close()}
      onPointerDown={(event) => {
        // Outside the list there is only the backdrop.
        if (event.target === event.currentTarget) close();
      }}
      className="border-line bg-raised text-ink mx-auto mt-[12vh] mb-0 w-[calc(100vw-2rem)] max-w-lg rounded-xl border p-0 shadow-lg backdrop:bg-black/35"
    >
      <div className="flex max-h-[70vh] flex-col">
        <ChoiceList
          label="Commands"
          placeholder="Search commands, nodes and steps"
          choices={choices}
          emptyText="There is nothing to do here."
          onClose={close}
        />
      </div>
    </dialog>
  );
}

function choicesNow(tools: CommandTools, isReadOnly: boolean): Choice[] {
  const target = currentTarget(tools.store);
  const { nodes } = tools.store.getState().document;
  const named = target.kind === 'nodes' && target.ids.length === 1 ? nodes.find(({ id }) => id === target.ids[0]) : undefined;
  const ofTarget = named ? nameOf(named) : 'Selection';
  const commandChoice = (group: string, about: typeof target) =>
    commandsFor(about, tools, { isReadOnly }).map((command): Choice => ({
      key: `${group} ${command.id}`,
      title: command.title,
      icon: command.icon,
      group,
      keys: command.keys?.[0],
      choose: () => command.run(tools, about),
    }));
  return [
    ...(target.kind === 'canvas' ? [] : commandChoice(ofTarget, target)),
    ...commandChoice('Flow', { kind: 'canvas' }),
    ...nodes.map((node) => ({
      key: `node ${node.id}`,
      title: `Go to ${nameOf(node)}`,
      text: kindOf(node.type),
      icon: describeType(node.type)?.icon,
      group: 'Go to',
      choose: () => tools.view.goTo(node.id),
    })),
    ...(isReadOnly ? [] : catalog).map(({ type, title, summary, icon, role }) => ({
      key: `add ${type}`,
      title: `Add ${title} ${role}`,
      text: summary,
      icon,
      group: 'Add',
      choose: () => tools.place(type, { kind: 'next' }),
    })),
  ];
}
