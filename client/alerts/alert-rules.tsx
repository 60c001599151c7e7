import { useMutation } from '@tanstack/react-query';
import { Plus, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { alertRuleTable, type AlertRule } from '../../shared/alert-rules.ts';
import type { AlertRuleView } from '../../shared/alert-schemas.ts';
import { alertTable, type AlertKind } from '../../shared/alerts.ts';
import { call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { Switch } from '../ui/switch.tsx';
import { TimeText } from '../ui/time-text.tsx';

const readAgain = async () => queryClient.invalidateQueries({ queryKey: ['listAlertRules'] });

/** When each kind of alert is raised, for all flows and for those that differ. */
export function AlertRules() {
  const rules = useRoute('listAlertRules', {});
  return (
    <Loaded query={rules}>
      {({ items }) => (
        <Panel label="Alert rules">
          <ul className="divide-line divide-y">
            {items
              .filter(({ flowId }) => flowId === null)
              .map((rule) => (
                <Kind key={rule.kind} rule={rule} differing={items.filter(({ kind, flowId }) => kind === rule.kind && flowId !== null)} />
              ))}
          </ul>
        </Panel>
      )}
    </Loaded>
  );
}

function Kind({ rule, differing }: { rule: AlertRuleView; differing: AlertRuleView[] }) {
  const { kind } = rule;
  const { before, isPerFlow } = alertRuleTable[kind];
  const flows = useRoute('listFlows', {}).data?.items ?? [];
  const { save, mayChange } = useRule();
  const others = flows.filter(({ id }) => !differing.some(({ flowId }) => flowId === id));
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="font-medium">{alertTable[kind].title}</p>
          <p className="text-ink-soft">{before}</p>
        </div>
        <Rule rule={rule} name={alertTable[kind].title} />
        <span className="w-7">
          {isPerFlow && mayChange && others.length > 0 && (
            <Menu
              trigger={
                <IconButton
                  label={`Another rule for a flow: ${alertTable[kind].title}`}
                  icon={<Plus size={15} aria-hidden />}
                  size="sm"
                  tooltipSide="left"
                />
              }
              items={others.map(({ id, name }) => ({
                label: name,
                onSelect: () => save({ kind, flowId: id, isEnabled: rule.isEnabled, value: rule.value }),
              }))}
            />
          )}
        </span>
      </div>
      {differing.length > 0 && (
        <ul className="border-line mt-2 flex flex-col gap-2 border-l-2 pl-3">
          {differing.map((own) => (
            <li key={own.flowId} className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <span className="min-w-0 flex-1 basis-60 break-words">{own.flowName}</span>
              <Rule rule={own} name={`${alertTable[kind].title}, ${own.flowName}`} />
              <span className="w-7" />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Threshold and switch of one rule; what is typed is kept when the field is left. */
function Rule({ rule, name }: { rule: AlertRuleView; name: string }) {
  const { kind, flowId, isEnabled, changedAt, changedBy } = rule;
  const limits = alertRuleTable[kind].value;
  const { save, reset, mayChange } = useRule();
  const [typed, setTyped] = useState<number | undefined>();
  const value = typed ?? rule.value ?? undefined;
  const isWrong = limits !== null && (value === undefined || value < limits.min || value > limits.max);
  const keep = () => {
    if (!isWrong && typed !== undefined && typed !== rule.value) save({ kind, flowId, isEnabled, value: typed });
    setTyped(undefined);
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {limits && (
        <span className="flex items-center gap-1.5">
          <NumberInput
            aria-label={`${name}: ${limits.unit}`}
            aria-invalid={isWrong || undefined}
            value={value}
            min={limits.min}
            max={limits.max}
            disabled={!mayChange}
            onChange={setTyped}
            onBlur={keep}
            onKeyDown={(event) => {
              if (event.key === 'Enter') keep();
              if (event.key === 'Escape') setTyped(undefined);
            }}
            className="w-20!"
          />
          <span className="text-ink-soft w-16">{limits.unit}</span>
        </span>
      )}
      <Switch
        aria-label={`${name} is raised`}
        isOn={isEnabled}
        disabled={!mayChange}
        onChange={(next) => save({ kind, flowId, isEnabled: next, value: rule.value })}
      />
      <span className="text-ink-faint flex min-w-40 items-center gap-1 text-xs">
        {changedAt === null ? (
          'default'
        ) : (
          <>
            <span>
              changed <TimeText at={changedAt} /> by {changedBy}
            </span>
            {mayChange && (
              <IconButton
                label={flowId === null ? `Set ${name} back` : `As all other flows: ${name}`}
                icon={<RotateCcw size={13} aria-hidden />}
                size="sm"
                tooltipSide="left"
                onClick={() => reset({ kind, flowId })}
              />
            )}
          </>
        )}
      </span>
    </div>
  );
}

function useRule() {
  const mayChange = useMay('administer');
  const save = useMutation({ mutationFn: async (body: AlertRule) => call('saveAlertRule', { body }), onSettled: readAgain });
  const reset = useMutation({
    mutationFn: async (body: { kind: AlertKind; flowId: string | null }) => call('resetAlertRule', { body }),
    onSettled: readAgain,
  });
  return { mayChange, save: save.mutate, reset: reset.mutate };
}
