-- What was looked up outside and is worth keeping, and who must hear that a file has changed.

CREATE TABLE vin_lookups (
    vin        text PRIMARY KEY,
    found      jsonb NOT NULL,
    fetched_at timestamptz NOT NULL
);

CREATE TABLE recall_lookups (
    make       text NOT NULL,
    model      text NOT NULL,
    year       integer NOT NULL,
    found      jsonb NOT NULL,
    fetched_at timestamptz NOT NULL,
    PRIMARY KEY (make, model, year)
);

-- Processes remember customers' files for minutes; every change says whose is out of date.
CREATE FUNCTION customer_files_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'customers' THEN
        PERFORM pg_notify('customer_files', COALESCE(NEW.phone, OLD.phone));
        IF TG_OP = 'UPDATE' AND NEW.phone <> OLD.phone THEN
            PERFORM pg_notify('customer_files', OLD.phone);
        END IF;
    ELSIF TG_TABLE_NAME = 'vehicles' THEN
        PERFORM pg_notify('customer_files', c.phone) FROM customers c
          WHERE c.id IN (NEW.customer_id, OLD.customer_id);
    ELSE
        PERFORM pg_notify('customer_files', c.phone)
           FROM customers c JOIN vehicles v ON v.customer_id = c.id
          WHERE v.id IN (NEW.vehicle_id, OLD.vehicle_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER customers_changed AFTER INSERT OR UPDATE OR DELETE ON customers
    FOR EACH ROW EXECUTE FUNCTION customer_files_changed();
CREATE TRIGGER vehicles_changed AFTER INSERT OR UPDATE OR DELETE ON vehicles
    FOR EACH ROW EXECUTE FUNCTION customer_files_changed();
CREATE TRIGGER service_history_changed AFTER INSERT OR UPDATE OR DELETE ON service_history
    FOR EACH ROW EXECUTE FUNCTION customer_files_changed();
