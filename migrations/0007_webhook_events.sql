-- A conversion that comes to an end is told to its owner's webhooks: one row each, in the transaction
-- of the change itself, whoever makes it. What its document is made of is kept with it
-- (ShownConversion in db/schema/conversions.ts): a delivery tells of this moment, however late it is
-- made. D1 allows a function 32 arguments.
CREATE TRIGGER `tell_webhooks` AFTER UPDATE OF `status` ON `conversions`
WHEN NEW.`status` <> OLD.`status` AND NEW.`status` IN ('done', 'failed', 'cancelled', 'expired')
BEGIN
	INSERT INTO `webhook_deliveries`
		(`webhook_id`, `event_id`, `type`, `conversion_id`, `conversion`,
			`created_at_ms`, `begun_at_ms`, `due_at_ms`)
	SELECT `webhooks`.`id`,
		'evt_' || substr(NEW.`id`, 5) || '_' || NEW.`attempt` || '_' || `ending`.`name`,
		'conversion.' || `ending`.`name`,
		NEW.`id`,
		json_object(
			'id', NEW.`id`,
			'status', NEW.`status`,
			'phase', NEW.`phase`,
			'progress', NEW.`progress`,
			'speed', NEW.`speed`,
			'filename', NEW.`filename`,
			'options', json(NEW.`options`),
			'sourceSizeBytes', NEW.`source_size_bytes`,
			'outcome', json(NEW.`outcome`),
			'createdAtMs', NEW.`created_at_ms`,
			'startedAtMs', NEW.`started_at_ms`,
			'finishedAtMs', NEW.`finished_at_ms`,
			'expiresAtMs', NEW.`expires_at_ms`,
			'videoExpiresAtMs', NEW.`video_expires_at_ms`
		),
		`now`.`ms`,
		`now`.`ms`,
		`now`.`ms`
	FROM `webhooks`,
		(SELECT CASE NEW.`status` WHEN 'done' THEN 'completed' ELSE NEW.`status` END AS `name`) AS `ending`,
		(SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS `ms`) AS `now`
	WHERE `webhooks`.`user_id` = NEW.`user_id`
		AND `webhooks`.`disabled_at_ms` IS NULL
		AND EXISTS (
			SELECT 1 FROM json_each(`webhooks`.`events`) WHERE `value` = 'conversion.' || `ending`.`name`
		)
	ON CONFLICT DO NOTHING;
END;
