import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import type { SavedView } from '../../shared/api/views.ts';
import { call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { toast } from '../ui/toast.tsx';
import { readMessagesView, type MessagesView } from './messages-view.ts';

const renew = async () => queryClient.invalidateQueries({ queryKey: ['listViews'] });

/** The views there are, and what is shown now as another one. */
export function ViewList({ view, onChosen }: { view: MessagesView; onChosen: () => void }) {
  const views = useRoute('listViews', {});
  const mayShare = useMay('operate');
  const remove = useMutation({
    mutationFn: async ({ id }: SavedView) => call('deleteView', { params: { id } }),
    onSuccess: (_, removed) => {
      toast({
        text: `The view ${removed.name} was deleted.`,
        action: { label: 'Undo', onSelect: () => void call('createView', { body: wishOf(removed) }).then(renew) },
      });
    },
    onSettled: renew,
  });
  const items = views.data?.items ?? [];
  const shown = JSON.stringify(readMessagesView({ ...view }));
  return (
    <>
      {items.length === 0 ? (
        <p className="text-ink-soft text-sm">No view is saved yet.</p>
      ) : (
        <ul className="-mx-2 flex flex-col">
          {items.map((saved) => {
            const search = readMessagesView(saved.search);
            return (
              <li key={saved.id} className="flex items-center gap-1">
                <Link
                  to="/monitor/messages"
                  search={search}
                  onClick={onChosen}
                  className={classNames(
                    'hover:bg-sunken flex min-w-0 flex-1 items-center gap-2 rounded-md px-2 py-1.5 text-sm',
                    JSON.stringify(search) === shown && 'bg-accent-soft font-medium',
                  )}
                >
                  <span className="truncate">{saved.name}</span>
                  {saved.isShared && <Users size={13} className="text-ink-faint shrink-0" aria-label="for everybody" />}
                </Link>
                <IconButton
                  label={`Delete ${saved.name}`}
                  size="sm"
                  icon={<Trash2 size={14} aria-hidden />}
                  disabled={saved.isShared && !mayShare}
                  onClick={() => remove.mutate(saved)}
                />
              </li>
            );
          })}
        </ul>
      )}
      <SaveForm view={view} views={items} mayShare={mayShare} />
    </>
  );
}

function SaveForm({ view, views, mayShare }: { view: MessagesView; views: SavedView[]; mayShare: boolean }) {
  const [name, setName] = useState('');
  const [isShared, setIsShared] = useState(false);
  const typed = name.trim();
  const same = views.find((saved) => saved.isShared === isShared && saved.name.toLowerCase() === typed.toLowerCase());
  const save = useMutation({
    mutationFn: async () => {
      const search = Object.fromEntries(Object.entries(view).map(([key, value]) => [key, String(value)]));
      const body = { name: typed, isShared, search };
      return same ? call('saveView', { params: { id: same.id }, body }) : call('createView', { body });
    },
    meta: { isShown: true },
    onSuccess: () => {
      setName('');
      toast({ text: `The view ${typed} is saved.`, tone: 'good' });
    },
    onSettled: renew,
  });
  return (
    <form
      className="border-line flex flex-col gap-3 border-t pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed !== '') save.mutate();
      }}
    >
      <Field label="Save what is shown as" help="Filters and columns, not the messages.">
        {(ids) => <TextInput {...ids} value={name} onChange={setName} maxLength={60} placeholder="Failed orders" />}
      </Field>
      <Field label="For everybody" isInline help={mayShare ? undefined : 'Your role saves views for yourself.'}>
        {(ids) => <Switch {...ids} isOn={isShared} onChange={setIsShared} disabled={!mayShare} />}
      </Field>
      <FormError error={save.error} />
      <Button type="submit" variant="primary" className="self-start" disabled={typed === ''} isBusy={save.isPending}>
        {same ? 'Replace' : 'Save'}
      </Button>
    </form>
  );
}

function wishOf({ name, isShared, search }: SavedView) {
  return { name, isShared, search };
}
