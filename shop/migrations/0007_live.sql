-- Running services hear at once that a day was closed or that somebody cannot be reached.

CREATE FUNCTION shop_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('shop_changed', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER holidays_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON holidays
    FOR EACH STATEMENT EXECUTE FUNCTION shop_changed();
CREATE TRIGGER transfer_targets_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON transfer_targets
    FOR EACH STATEMENT EXECUTE FUNCTION shop_changed();
