import type { AlertRuleView, AlertTargetView, AlertView } from '../../shared/alert-schemas.ts';
import { globalRules } from '../../shared/alert-rules.ts';
import { alertTable } from '../../shared/alerts.ts';
import type { AlertRow, AlertRuleRow, AlertTargetRow } from '../ports/alerts.ts';

/** What may leave the server of alerts: each field by name. */

export function presentAlert(alert: AlertRow): AlertView {
  return {
    id: alert.id,
    kind: alert.kind,
    severity: alert.severity,
    title: alertTable[alert.kind].title,
    message: alert.message,
    remedy: alert.remedy,
    error: alert.error,
    count: alert.count,
    flowId: alert.flowId,
    nodeId: alert.nodeId,
    name: alert.name,
    openedAt: alert.openedAt.toISOString(),
    seenAt: alert.seenAt.toISOString(),
    clearedAt: alert.clearedAt?.toISOString() ?? null,
    acknowledgedAt: alert.acknowledgedAt?.toISOString() ?? null,
    acknowledgedBy: alert.acknowledgedBy,
    returns: alert.returns,
  };
}

export function presentAlertRule({ kind, flowId, flowName, isEnabled, value, changedAt, changedBy }: AlertRuleRow): AlertRuleView {
  return { kind, flowId, flowName, isEnabled, value, changedAt: changedAt.toISOString(), changedBy };
}

/** Each kind as it holds for all flows, then the flows that differ from it. */
export function presentAlertRules(changed: AlertRuleRow[]): AlertRuleView[] {
  return globalRules(changed).flatMap((rule) => {
    const ofKind = changed.filter(({ kind }) => kind === rule.kind);
    const own = ofKind.find(({ flowId }) => flowId === null);
    const forAll = own ? presentAlertRule(own) : { ...rule, flowName: null, changedAt: null, changedBy: null };
    return [forAll, ...ofKind.filter(({ flowId }) => flowId !== null).map(presentAlertRule)];
  });
}

export function presentAlertTarget(target: AlertTargetRow): AlertTargetView {
  return {
    id: target.id,
    name: target.name,
    isEnabled: target.isEnabled,
    settings: target.settings,
    kinds: target.kinds,
    leastSeverity: target.leastSeverity,
    flowIds: target.flowIds,
    remindHours: target.remindHours,
    changedAt: target.changedAt.toISOString(),
    changedBy: target.changedBy,
    lastSentAt: target.lastSentAt?.toISOString() ?? null,
    waiting: target.waiting,
    error: target.error,
    nextTryAt: target.error === null ? null : (target.nextTryAt?.toISOString() ?? null),
    givenUp: target.givenUp,
  };
}
