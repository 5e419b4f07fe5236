-- The shop's records. Moments are timestamptz and mean what they say in any zone; days are dates.
-- Amounts of money are exact decimals in dollars.

CREATE TABLE customers (
    id                         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    phone                      text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    email                      text CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+$'),
    preferred_contact_method   text NOT NULL DEFAULT 'phone'
                               CHECK (preferred_contact_method IN ('phone', 'email', 'text')),
    first_name                 text NOT NULL CHECK (length(first_name) BETWEEN 1 AND 50),
    last_name                  text NOT NULL CHECK (length(last_name) BETWEEN 1 AND 50),
    date_of_birth              date,
    street_address             text,
    city                       text,
    state                      text CHECK (state ~ '^[A-Z]{2}$'),
    zip_code                   text CHECK (zip_code ~ '^[0-9]{5}(-[0-9]{4})?$'),
    customer_since             date,
    customer_type              text NOT NULL DEFAULT 'retail'
                               CHECK (customer_type IN ('retail', 'fleet', 'referral')),
    referral_source            text,
    preferred_service_advisor  text,
    receive_reminders          boolean NOT NULL DEFAULT true,
    receive_promotions         boolean NOT NULL DEFAULT true,
    preferred_appointment_time text
                               CHECK (preferred_appointment_time IN ('morning', 'afternoon', 'evening')),
    notes                      text,
    last_service_date          date,
    last_contact_date          date,
    created_at                 timestamptz NOT NULL DEFAULT now(),
    updated_at                 timestamptz NOT NULL DEFAULT now()
);

-- Not unique: people share a number, and numbers change hands.
CREATE INDEX customers_phone ON customers (phone);
CREATE UNIQUE INDEX customers_email ON customers (email);
CREATE INDEX customers_name ON customers (lower(last_name), lower(first_name));

CREATE TABLE vehicles (
    id                       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id              uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    vin                      text CHECK (vin ~ '^[A-HJ-NPR-Z0-9]{17}$'),
    license_plate            text,
    year                     integer NOT NULL CHECK (year BETWEEN 1900 AND 2100),
    make                     text NOT NULL CHECK (make <> ''),
    model                    text NOT NULL CHECK (model <> ''),
    trim                     text,
    color                    text,
    purchase_date            date,
    purchased_from_us        boolean NOT NULL DEFAULT false,
    current_mileage          integer CHECK (current_mileage >= 0),
    last_service_date        date,
    last_service_mileage     integer CHECK (last_service_mileage >= 0),
    next_service_due_mileage integer CHECK (next_service_due_mileage >= 0),
    is_primary_vehicle       boolean NOT NULL DEFAULT false,
    status                   text NOT NULL DEFAULT 'active'
                             CHECK (status IN ('active', 'sold', 'totaled')),
    created_at               timestamptz NOT NULL DEFAULT now(),
    updated_at               timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, customer_id)
);

-- A car that was sold on may come back with its new owner.
CREATE UNIQUE INDEX vehicles_vin ON vehicles (vin) WHERE status = 'active';
CREATE INDEX vehicles_customer ON vehicles (customer_id);
CREATE INDEX vehicles_plate ON vehicles (license_plate);

-- Whoever books locks the bays that could do the work, in the order of their ids.
CREATE TABLE bays (
    id   integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE
);

CREATE TABLE appointments (
    id                        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id               uuid NOT NULL REFERENCES customers (id),
    vehicle_id                uuid NOT NULL,
    scheduled_at              timestamptz NOT NULL,
    duration_minutes          integer NOT NULL DEFAULT 60 CHECK (duration_minutes BETWEEN 5 AND 600),
    during                    tstzrange NOT NULL,
    service_type              text NOT NULL,
    service_category          text NOT NULL
                              CHECK (service_category IN ('maintenance', 'repair', 'inspection', 'recall')),
    service_description       text NOT NULL,
    customer_concerns         text,
    recommended_services      text,
    estimated_cost            numeric(10, 2) CHECK (estimated_cost >= 0),
    actual_cost               numeric(10, 2) CHECK (actual_cost >= 0),
    status                    text NOT NULL DEFAULT 'scheduled'
                              CHECK (status IN ('scheduled', 'confirmed', 'in_progress', 'completed',
                                                'cancelled', 'no_show')),
    staff_confirmation_needed boolean NOT NULL DEFAULT false,
    cancellation_reason       text
                              CHECK (cancellation_reason IN ('schedule_conflict', 'got_service_elsewhere',
                                                             'vehicle_sold', 'issue_resolved', 'other')),
    cancelled_at              timestamptz,
    confirmation_sent         boolean NOT NULL DEFAULT false,
    reminder_sent             boolean NOT NULL DEFAULT false,
    calendar_event_id         text,
    assigned_technician       text,
    service_bay               integer NOT NULL REFERENCES bays (id),
    booking_method            text NOT NULL DEFAULT 'ai_voice'
                              CHECK (booking_method IN ('phone', 'online', 'walk_in', 'ai_voice')),
    booked_by                 text NOT NULL DEFAULT 'AI Voice Agent',
    created_at                timestamptz NOT NULL DEFAULT now(),
    updated_at                timestamptz NOT NULL DEFAULT now(),
    completed_at              timestamptz,
    CHECK (status <> 'cancelled' OR cancelled_at IS NOT NULL),
    -- The vehicle must be the customer's.
    FOREIGN KEY (vehicle_id, customer_id) REFERENCES vehicles (id, customer_id),
    -- One car in a bay at a time. The bay is written as a range of one because that needs no
    -- extension; a plain integer in a GiST index would need btree_gist.
    CONSTRAINT appointments_one_car_in_a_bay EXCLUDE USING gist (
        int4range(service_bay, service_bay, '[]') WITH =,
        during WITH &&
    ) WHERE (status IN ('scheduled', 'confirmed', 'in_progress'))
);

CREATE INDEX appointments_scheduled_at ON appointments (scheduled_at);
CREATE INDEX appointments_customer ON appointments (customer_id, scheduled_at);
CREATE INDEX appointments_vehicle ON appointments (vehicle_id);
CREATE INDEX appointments_status ON appointments (status, scheduled_at);

-- `during` cannot be a generated column: adding an interval to a timestamptz is not immutable.
CREATE FUNCTION appointments_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.during := tstzrange(
        NEW.scheduled_at, NEW.scheduled_at + make_interval(mins => NEW.duration_minutes)
    );
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := now();
        IF NEW.status <> OLD.status AND NOT (OLD.status, NEW.status) IN (
            ('scheduled', 'confirmed'), ('scheduled', 'in_progress'),
            ('scheduled', 'cancelled'), ('scheduled', 'no_show'),
            ('confirmed', 'scheduled'), ('confirmed', 'in_progress'),
            ('confirmed', 'cancelled'), ('confirmed', 'no_show'),
            ('in_progress', 'completed'), ('in_progress', 'cancelled'),
            ('cancelled', 'scheduled')
        ) THEN
            RAISE EXCEPTION 'an appointment cannot go from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'appointments_status_transition';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER appointments_keep BEFORE INSERT OR UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION appointments_keep();

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER customers_touch BEFORE UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER vehicles_touch BEFORE UPDATE ON vehicles
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE service_history (
    id                       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    vehicle_id               uuid NOT NULL REFERENCES vehicles (id) ON DELETE CASCADE,
    appointment_id           uuid REFERENCES appointments (id) ON DELETE SET NULL,
    service_date             date NOT NULL,
    mileage                  integer CHECK (mileage >= 0),
    services_performed       text[] NOT NULL CHECK (cardinality(services_performed) > 0),
    parts_replaced           text[] NOT NULL DEFAULT '{}',
    total_cost               numeric(10, 2) CHECK (total_cost >= 0),
    next_service_type        text,
    next_service_due_date    date,
    next_service_due_mileage integer CHECK (next_service_due_mileage >= 0),
    created_at               timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX service_history_vehicle ON service_history (vehicle_id, service_date);
CREATE INDEX service_history_appointment ON service_history (appointment_id);
